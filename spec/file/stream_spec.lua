local files = require "spec.file.fixture"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local machine = require "spec.machine"
local socket = require "pysocket"

local open <const> = files.open
local raises <const>, refuses <const> = fixture.raises, fixture.refuses

describe("a file", function()
  it("tells its mode: of text the one it was given", function()
    local a = fixture.pair()
    for _, mode in ipairs({ "r", "wr", "" }) do
      local f <close> = a:makefile(mode)
      assert.equal(mode, f.mode)
    end
  end)

  it("tells what it is", function()
    local f, peer, s = open("rwb")
    peer:sendall("12345")
    f:read(2)
    f:write("abc")
    local text = ("<SocketFile fd=%d, mode='rwb', pending=3, unsent=3>"):format(s:fileno())
    assert.equal(text, tostring(f))
    f:close()
    assert.equal("<SocketFile [closed] mode='rwb'>", tostring(f))
  end)

  it("has the socket's descriptor", function()
    local f, _, s = open("rb")
    assert.equal(s:fileno(), f:fileno())
    assert.equal(s:fileno(), f.name)
    f:close()
    assert.equal(-1, f.name)
  end)

  it("follows a socket that is detached", function()
    local f, _, s = open("rb")
    socket.close(s:detach())
    assert.equal(-1, f:fileno())
    assert.equal("EBADF", raises(socket.OSError, f.read, f, 1).name)
  end)

  it("can be made of a closed socket, and then cannot read", function()
    local a = fixture.pair()
    a:close()
    local f <close> = a:makefile("rb")
    assert.equal(-1, f.name)
    assert.equal("EBADF", raises(socket.OSError, f.read, f, 1).name)
  end)

  it("has no positions and is no terminal", function()
    local f = open("rwb")
    assert.is_false(f:seekable())
    assert.is_false(f:isatty())
  end)

  for _, name in ipairs({ "seek", "tell", "truncate" }) do
    it("does not support " .. name, function()
      local f = open("rwb")
      local err = raises(socket.UnsupportedOperation, f[name], f)
      assert.equal(name, err.call)
    end)
  end

  for _, name in ipairs({ "read", "lines", "readline", "readlines", "readall", "read1", "peek" }) do
    it("for writing does not support " .. name, function()
      local f = open("wb")
      assert.equal("not readable", raises(socket.UnsupportedOperation, f[name], f).strerror)
    end)
  end

  for _, name in ipairs({ "write", "writelines" }) do
    it("for reading does not support " .. name, function()
      local f = open("rb")
      assert.equal("not writable", raises(socket.UnsupportedOperation, f[name], f, {}).strerror)
    end)
  end

  it("notices that it was called with a dot", function()
    local f = open("rb")
    refuses("file expected, got string", f.read, "l")
  end)
end)

describe("closing a file", function()
  it("sends what waits", function()
    local f, peer = open("wb")
    f:write("abc")
    f:close()
    assert.equal("abc", peer:recv(10))
  end)

  it("leaves the socket open", function()
    local f, peer, s = open("rb")
    f:close()
    s:sendall("x")
    assert.equal("x", peer:recv(1))
  end)

  it("can be repeated", function()
    local f = open("rwb")
    assert.is_true(f:close())
    assert.is_true(f:close())
    assert.is_true(f.closed)
  end)

  it("is what <close> does", function()
    local a, b = fixture.pair()
    local copy
    do
      local f <close> = a:makefile("wb")
      f:write("abc")
      copy = f
    end
    assert.is_true(copy.closed)
    assert.equal("abc", b:recv(10))
  end)

  for _, case in ipairs({
    { "read" },
    { "lines" },
    { "readline" },
    { "readlines" },
    { "readall" },
    { "readinto", socket.bytearray(1) },
    { "read1" },
    { "peek" },
    { "pending" },
    { "write", "x" },
    { "writelines", { "x" } },
    { "flush" },
    { "setvbuf", "no" },
    { "fileno" },
    { "readable" },
    { "writable" },
    { "seekable" },
    { "isatty" },
    { "seek" },
  }) do
    it("ends " .. case[1], function()
      local f = open("rwb")
      f:close()
      refuses("I/O operation on closed file", f[case[1]], f, case[2])
    end)
  end

  it("ends an iterator that has lines left", function()
    local f, peer = open("rb")
    peer:sendall("a\nb\n")
    local iterator = f:lines()
    assert.equal("a", iterator())
    f:close()
    refuses("I/O operation on closed file", iterator)
  end)

  it("closes the file though sending fails, and raises the error", function()
    fixture.need_unix() -- TCP learns of it by the answer to what is sent
    local f, peer, s = open("wb")
    f:write("abc")
    peer:close()
    s:close()
    raises(socket.BrokenPipeError, f.close, f)
    assert.is_true(f.closed)
    assert.equal(-1, s:fileno())
    assert.is_true(f:close())
  end)
end)

describe("an error that ends the block of a file", function()
  -- Runs a function with such a file of one end of a pair: what pcall gives.
  local function fail(a, f)
    return pcall(function()
      local file <close> = a:makefile("wb")
      f(file)
    end)
  end

  it("is not hidden by one of sending", function()
    local a, b = fixture.pair()
    local _, err = fail(a, function(file)
      file:write("abc")
      b:close()
      error("the first", 0)
    end)
    assert.equal("the first", err)
  end)

  it("lets go out what was written before it", function()
    local a, b = fixture.pair()
    fail(a, function(file)
      file:write("abc")
      error("the first", 0)
    end)
    assert.equal("abc", b:recv(10))
  end)

  -- Sends as much as the system takes.
  local function fill(s)
    local timeout <const> = s:gettimeout()
    s:settimeout(0)
    fixture.fill_by(s.send, s, ("x"):rep(65536))
    s:settimeout(timeout)
  end

  it("waits until all has gone that was written before it", function()
    local a, b = fixture.pair()
    fill(a)
    loop.run(function()
      loop.spawn(function()
        fail(a, function(file)
          file:write("abc")
          error("the first", 0)
        end)
        a:close()
      end)
      loop.sleep(0)
      assert.matches("xabc$", b:makefile("rb"):read("a"))
    end)
  end)

  it("gives way to CancelledError where the task is cancelled while it waits for that", function()
    local a = fixture.pair()
    fill(a)
    loop.run(function()
      local task = loop.spawn(function()
        return fail(a, function(file)
          file:write("abc")
          error("the first", 0)
        end)
      end)
      loop.sleep(0)
      task:cancel()
      local _, err = task:join()
      assert.is_true(socket.isinstance(err, loop.CancelledError))
    end)
  end)

  it("closes the file also where there is no memory to hurry", function()
    local starved = fixture.starving()
    local timeout = setmetatable({ strerror = "timed out" }, socket.timeout)
    for n = 1, 5 do
      local file = fixture.pair():makefile("wb")
      file:write("abc")
      starved(n, getmetatable(file).__close, file, timeout)
      assert.is_true(file.closed, "allocation " .. n)
    end
  end)

  for _, seconds in ipairs { false, 60 } do
    it(("does not wait where a task is cancelled: timeout %s"):format(seconds), function()
      fixture.need_unix() -- the buffers of TCP, once full, have room again
      local a, b = fixture.pair()
      fill(a)
      a:settimeout(seconds or nil)
      loop.run(function()
        local task = loop.spawn(function()
          local file <close> = a:makefile("wb")
          file:write("abc")
          loop.sleep(1000)
        end)
        loop.sleep(0)
        task:cancel()
        raises(loop.CancelledError, task.join, task, 30)
      end)
      a:close()
      assert.matches("xx$", b:makefile("rb"):read("a"))
    end)
  end
end)

describe("closing a file in a coroutine", function()
  it("closes it though the error of sending ends the coroutine", function()
    fixture.need_unix() -- TCP learns of it by the answer to what is sent
    local f, peer, s = open("wb")
    f:write("abc")
    peer:close()
    s:close()
    assert.is_false((coroutine.resume(coroutine.create(f.close), f)))
    assert.is_true(f.closed)
    assert.equal(-1, s:fileno())
  end)
end)

describe("a socket with files", function()
  it("stays open until it is closed and the last of them is", function()
    local a, b = fixture.pair()
    local f, g = a:makefile("rb"), a:makefile("wb")
    a:close()
    f:close()
    assert.is_true(a:fileno() >= 0)
    g:write("x")
    g:close()
    assert.equal(-1, a:fileno())
    assert.equal("x", b:recv(10))
    assert.equal("", b:recv(10))
  end)

  it("stays open until it is closed itself", function()
    local f, peer, s = open("rb")
    f:close()
    assert.is_true(s:fileno() >= 0)
    s:close()
    assert.equal("", peer:recv(10))
  end)

  it("works after it was closed, for as long", function()
    local f, peer, s = open("rb")
    s:close()
    s:sendall("x")
    assert.equal("x", peer:recv(1))
    f:close()
    assert.equal("EBADF", raises(socket.OSError, s.send, s, "x").name)
  end)

  it("lives as long as they do", function()
    local a, b = fixture.pair()
    local f = a:dup():makefile("rb")
    collectgarbage()
    collectgarbage()
    b:sendall("abc\n")
    assert.equal("abc", f:read())
  end)

  it("lives as long as somebody reads lines", function()
    local a, b = fixture.pair()
    b:sendall("a\nb\n")
    b:close()
    local copy = a:dup()
    local iterator = copy:makefile("rb"):lines()
    copy:close()
    local lines = {}
    for line in iterator do
      lines[#lines + 1] = line
      collectgarbage()
    end
    assert.same({ "a", "b" }, lines)
  end)

  it("is let go of by one that is collected", function()
    local a, b = fixture.pair()
    local copy = a:dup()
    copy:makefile("rb")
    copy:close()
    a:close()
    collectgarbage()
    collectgarbage()
    assert.equal(-1, copy:fileno())
    assert.equal("", b:recv(1))
  end)

  it("leaves no descriptor behind", function()
    local before = #fixture.settled_descriptors()
    do
      local a, b = fixture.pair()
      a:makefile("rwb"):close()
      b:makefile("rwb", 0):close()
      a:close()
      b:close()
    end
    assert.equal(before, #fixture.descriptors())
  end)
end)

local function collect()
  collectgarbage()
  collectgarbage()
end

describe("a file that nobody has any more", function()
  it("sends what it holds when it is collected", function()
    local a, b = fixture.pair()
    a:makefile("w"):write("bye")
    collect()
    b:setblocking(false)
    assert.equal("bye", b:recv(10))
  end)

  it("sends what it holds when the program ends", function()
    local listener, address = fixture.listener()
    local child = fixture.child("unclosed_file", "end", address.port)
    local conn <close> = listener:accept()
    assert.equal("bye", conn:makefile("rb"):read("a"))
    assert.equal(0, child:wait())
  end)

  it("does not wait for a peer who does not read, and warns of what stayed", function()
    local child = fixture.child("unclosed_file", "full")
    assert.equal("collected", child:line())
    assert.equal(0, child:wait())
    local warning = "unclosed file <SocketFile fd=%d+, mode='wb', unsent=3>: 3 unsent bytes"
    assert.matches(warning, child:errors())
  end)

  it("warns of nothing where all has gone", function()
    local child = fixture.child("unclosed_file", "sent")
    assert.equal("collected", child:line())
    assert.equal(0, child:wait())
    assert.equal("", child:errors())
  end)
end)

describe("two files of a socket", function()
  it("share what was received", function()
    local a, b = fixture.pair()
    local f <close> = a:makefile("r")
    local g <close> = a:makefile("rb")
    b:sendall("head\r\nbody\r\nrest\r\n")
    assert.equal("head", f:read("l"))
    assert.equal("body\r\n", g:read(6))
    assert.equal(6, f:pending())
    assert.equal("rest", f:read("l"))
  end)

  it("leave to each other what they have not read", function()
    local a, b = fixture.pair()
    local f = a:makefile("r", { encoding = "utf-8" })
    b:sendall("one\r\ntwo\r\n\xFF")
    assert.equal("one", f:read("l"))
    f:close()
    local g <close> = a:makefile("rb", 0)
    assert.equal("two\r\n\xFF", g:read(100))
  end)

  it("leave to the next what they have not read, though nobody has them any more", function()
    local a, b = fixture.pair()
    b:sendall("one\ntwo\nthree")
    assert.equal("one", a:makefile("rb"):read("l"))
    collect()
    assert.equal("two", a:makefile("rb"):read("l"))
    collect()
    local f <close> = a:makefile("rb")
    assert.equal("three", f:read(5))
  end)

  it("keep none of it in memory once the socket has gone, too", function()
    if not io.open("/proc/self/smaps_rollup") then fixture.lacking("there is no /proc") end
    fixture.need_no_sanitizer()
    local function read_ahead(count)
      for _ = 1, count do
        local a, b = socket.socketpair()
        b:sendall(("x"):rep(50000))
        local _, second = a:makefile("rb"):read(1, 3000) -- the rest comes with it
        assert.equal(3000, #second)
        a:close()
        b:close()
        collect()
      end
    end
    read_ahead(20)
    local before = machine.memory()
    read_ahead(400) -- which would be 18 800 KiB; what else is kept meanwhile is the allocator's
    local more = machine.memory() - before
    assert.is_true(more < 4000, more .. " KiB more")
  end)

  it("leave the socket's own recv to the system", function()
    local a, b = fixture.pair()
    local f <close> = a:makefile("rb")
    b:sendall("one\ntwo\n")
    assert.equal("one", f:read("l"))
    b:sendall("three")
    assert.equal("three", a:recv(100))
    assert.equal("two", f:read("l"))
  end)
end)
