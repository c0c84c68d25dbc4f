local core = require "pysocket.core"
local files = require "spec.file.fixture"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local arrived <const> = files.arrived
local raises <const>, refuses <const> = fixture.raises, fixture.refuses

-- a file of Lua with that text, at its beginning, closed at the end of the test
local function file_of(text)
  return fixture.keep(assert(io.open(fixture.file(text), "rb")))
end

-- a file without a descriptor
local function memory_of(text)
  local memory = { place = 0, blocks = 0 }
  function memory:read(n)
    local data = text:sub(self.place + 1, self.place + n)
    self.place = self.place + #data
    self.blocks = self.blocks + 1
    return data ~= "" and data or nil
  end
  function memory:seek(whence, offset)
    assert(whence == "set")
    self.place = offset
    return offset
  end
  return memory
end

local function place_of(file)
  return file.place or file:seek("cur")
end

local function both_ways(name, test)
  it(name .. ", by the system", function() test(file_of, fixture.pair()) end)
  it(name .. ", by reading", function() test(memory_of, fixture.pair()) end)
end

describe("sendfile", function()
  both_ways("sends a file and leaves it at its end", function(new, s, peer)
    local file = new("0123456789")
    assert.equal(10, s:sendfile(file))
    assert.equal("0123456789", arrived(peer))
    assert.equal(10, place_of(file))
  end)

  for _, case in ipairs({
    { "from an offset", { 3 }, "3456789" },
    { "a number of bytes", { 0, 4 }, "0123" },
    { "a number of bytes from an offset", { 3, 4 }, "3456" },
    { "no more than there is", { 8, 100 }, "89" },
    { "by name", { { offset = 3, count = 4 } }, "3456" },
    { "by position and by name", { 3, { count = 4 } }, "3456" },
    { "with nil for what is not given", { nil, 4, n = 2 }, "0123" },
    { "with floats that are integers", { 3.0, 4.0 }, "3456" },
  }) do
    both_ways("sends " .. case[1], function(new, s, peer)
      local file = new("0123456789")
      local arguments, expected = case[2], case[3]
      assert.equal(#expected, s:sendfile(file, table.unpack(arguments, 1, arguments.n)))
      assert.equal(expected, arrived(peer))
    end)
  end

  both_ways("leaves the file behind what was sent", function(new, s)
    local file = new("0123456789")
    s:sendfile(file, 3, 4)
    assert.equal(7, place_of(file))
  end)

  both_ways("of nothing beyond the end sends nothing", function(new, s, peer)
    local file = new("0123456789")
    assert.equal(0, s:sendfile(file, 20))
    assert.equal("", arrived(peer))
  end)

  it("leaves a file from which nothing was sent where it is", function()
    local s = fixture.pair()
    local file = file_of("0123456789")
    file:seek("set", 2)
    s:sendfile(file, 20)
    assert.equal(2, file:seek("cur"))
  end)

  it("begins at the offset, wherever a file with a descriptor is", function()
    local s, peer = fixture.pair()
    local file = file_of("0123456789")
    file:seek("set", 8)
    s:sendfile(file)
    assert.equal("0123456789", arrived(peer))
    assert.equal(10, file:seek("cur"))
  end)

  it("begins where a file without a descriptor is when the offset is 0", function()
    local s, peer = fixture.pair()
    local file = memory_of("0123456789")
    file.place = 8
    assert.equal(2, s:sendfile(file))
    assert.equal("89", arrived(peer))
  end)

  it("reads in blocks, and no more than is to be sent", function()
    local s, peer = fixture.pair()
    local file = memory_of(("x"):rep(20000))
    assert.equal(10000, s:sendfile(file, 0, 10000))
    assert.equal(10000, #arrived(peer))
    assert.equal(10000, file.place)
    assert.equal(2, file.blocks)
  end)

  it("takes a descriptor", function()
    local s, peer = fixture.pair()
    local path = fixture.file("0123456789")
    local f <close> = assert(io.open(path, "rb"))
    assert.equal(4, s:sendfile(core.filedescriptor(f), 2, 4))
    assert.equal("2345", arrived(peer))
    assert.equal("0123456789", f:read("a"))
  end)

  it("sends what was just written to the file", function()
    local s, peer = fixture.pair()
    local file <close> = assert(io.tmpfile())
    file:write("abc")
    assert.equal(3, s:sendfile(file))
    assert.equal("abc", arrived(peer))
  end)

  it("sends what comes from a pipe", function()
    fixture.need_command("printf")
    local s, peer = fixture.pair()
    local pipe <close> = assert(io.popen("printf 0123456789"))
    assert.equal(10, s:sendfile(pipe))
    assert.equal("0123456789", arrived(peer))
  end)

  it("sends a file of which the system says that its size is 0", function()
    fixture.need_posix("there is no /proc")
    local s, peer = fixture.pair()
    local file <close> = assert(io.open("/proc/self/status", "rb"))
    local sent = s:sendfile(file)
    assert.is_true(sent > 0)
    assert.matches("^Name:.*\n$", peer:recv(sent))
  end)

  it("sends a part of such a file", function()
    fixture.need_posix("there is no /proc")
    local s, peer = fixture.pair()
    local file <close> = assert(io.open("/proc/self/status", "rb"))
    assert.equal(4, s:sendfile(file, 1, 4))
    assert.equal("ame:", peer:recv(100))
    assert.equal("\t", file:read(1))
  end)

  it("sends such a file by its descriptor", function()
    fixture.need_posix("there is no /proc")
    local s, peer = fixture.pair()
    local file <close> = assert(io.open("/proc/self/status", "rb"))
    assert.equal(5, s:sendfile(core.filedescriptor(file), 0, 5))
    assert.equal("Name:", peer:recv(100))
    assert.equal("Name:", file:read(5))
  end)

  it("sends what comes from another socket's file", function()
    local s, peer = fixture.pair()
    local from, to = fixture.pair()
    local f <close> = from:makefile("rb")
    to:sendall("first\n0123456789")
    to:close()
    assert.equal("first", f:read())
    assert.equal(10, s:sendfile(f))
    assert.equal("0123456789", arrived(peer))
  end)

  it("needs no positions in a file without a descriptor", function()
    local s, peer = fixture.pair()
    local file = memory_of("abc")
    file.seek = nil
    assert.equal(3, s:sendfile(file))
    assert.equal("abc", arrived(peer))
  end)

  it("takes an object that has read and seek for the file, not for options", function()
    local s = fixture.pair()
    local file = memory_of("abc")
    file.offset = 1
    assert.equal(3, s:sendfile(file, { count = 3 }))
  end)

  it("of an empty file sends nothing, whatever the mode", function()
    local s = fixture.pair()
    s:setblocking(false)
    local file = file_of("")
    assert.equal(0, s:sendfile(file))
    assert.equal(0, s:sendfile(file, 5))
  end)

  it("sends over TCP", function()
    local s, peer = fixture.tcp_pair()
    assert.equal(10, s:sendfile(file_of("0123456789")))
    assert.equal("0123456789", peer:recv(10))
  end)
end)

describe("sendfile's arguments", function()
  for _, case in ipairs({
    { "#1 to 'sendfile' (file must be a file or a descriptor, got nil)" },
    { "#1 to 'sendfile' (file must be a file or a descriptor, got string)", "path" },
    { "#1 to 'sendfile' (file must be a file or a descriptor, got number)", 1.5 },
    { "#1 to 'sendfile' (file must be opened in binary mode, got mode 'r')", { mode = "r" } },
    { "#3 to 'sendfile' (count must be a positive integer, got 0)", true, 0, 0 },
    { "#3 to 'sendfile' (count must be a positive integer, got -1)", true, 0, -1 },
    { "#3 to 'sendfile' (count must be a positive integer, got 1.5)", true, 0, 1.5 },
    { "#3 to 'sendfile' (count must be a positive integer, got string)", true, 0, "1" },
    { "#3 to 'sendfile' (count must be a positive integer, got 0)", true, { count = 0 } },
    { "#2 to 'sendfile' (offset must be a non-negative integer, got -1)", true, -1 },
    { "#2 to 'sendfile' (offset must be a non-negative integer, got string)", true, "1" },
    { "#2 to 'sendfile' (unknown option 'size')", true, { size = 1 } },
    { "#3 to 'sendfile' (option 'offset' is given by position too)", true, 1, { offset = 1 } },
  }) do
    it("are refused with: " .. case[1], function()
      local s = fixture.pair()
      local file = case[2] == true and file_of("abc") or case[2]
      refuses("bad argument " .. case[1], s.sendfile, s, file, case[3], case[4])
    end)
  end

  it("are refused for a text file of ours", function()
    local s = fixture.pair()
    local from = fixture.pair()
    local f <close> = from:makefile("r")
    refuses("binary mode", s.sendfile, s, f)
  end)

  it("are refused for a datagram socket", function()
    local s = fixture.udp()
    refuses("SOCK_STREAM", s.sendfile, s, file_of("abc"))
  end)

  for name, new in pairs({ system = file_of, reading = memory_of }) do
    it("are refused for a non-blocking socket, by " .. name, function()
      local s = fixture.pair()
      s:setblocking(false)
      refuses("non-blocking sockets are not supported", s.sendfile, s, new("abc"))
    end)
  end

  it("are checked before anything is sent", function()
    local s, peer = fixture.pair()
    pcall(s.sendfile, s, file_of("abc"), 0, 0)
    assert.equal("", arrived(peer))
  end)
end)

describe("a sendfile that fails", function()
  for name, new in pairs({ system = file_of, reading = memory_of }) do
    it("by a timeout leaves the file behind what was sent, by " .. name, function()
      local s, peer = fixture.pair()
      s:settimeout(0.01)
      local file = new(("x"):rep(4 * 1024 * 1024))
      raises(socket.timeout, s.sendfile, s, file, 100)
      local sent = #arrived(peer)
      assert.is_true(sent > 0)
      assert.equal(100 + sent, place_of(file))
    end)

    it("because the peer is gone raises that, by " .. name, function()
      fixture.need_unix() -- whose ends hear of each other at once
      local s, peer = fixture.pair()
      peer:close()
      raises(socket.BrokenPipeError, s.sendfile, s, new("abc"))
    end)

    it("because the socket is closed raises that, by " .. name, function()
      local s = fixture.pair()
      s:close()
      assert.equal("EBADF", raises(socket.OSError, s.sendfile, s, new("abc")).name)
    end)
  end

  for name, spoil in pairs({
    closed = function(s) s:close() end,
    disconnected = function(_, peer) peer:close() end,
  }) do
    it("because the socket is " .. name .. " reads nothing of a file with a descriptor", function()
      if name == "disconnected" then fixture.need_unix() end
      local s, peer = fixture.pair()
      spoil(s, peer)
      local file = file_of("abc")
      raises(socket.OSError, s.sendfile, s, file)
      assert.equal(0, file:seek("cur"))
    end)
  end

  it("raises what the file raises, and leaves it behind what was sent", function()
    local s, peer = fixture.pair()
    local file = memory_of(("x"):rep(10000))
    local read = file.read
    function file:read(n)
      if self.place > 0 then error("the disk is gone", 0) end
      return read(self, n)
    end
    refuses("the disk is gone", s.sendfile, s, file)
    assert.equal(8192, #arrived(peer))
    assert.equal(8192, file.place)
  end)

  it("raises an OSError for a file that reading fails of", function()
    fixture.need_posix("no folder can be opened")
    local s = fixture.pair()
    local directory <close> = assert(io.open("/", "rb"))
    raises(socket.IsADirectoryError, s.sendfile, s, directory)
  end)

  it("raises an OSError for an offset in what has no positions", function()
    fixture.need_command("printf")
    local s = fixture.pair()
    local pipe <close> = assert(io.popen("printf 0123456789"))
    assert.equal("ESPIPE", raises(socket.OSError, s.sendfile, s, pipe, 1).name)
    local file = memory_of("abc")
    file.seek = nil
    assert.equal("seek", raises(socket.OSError, s.sendfile, s, file, 1).call)
  end)

  it("raises for a closed file", function()
    local s = fixture.pair()
    local file = assert(io.open(fixture.file("abc"), "rb"))
    file:close()
    local raw = socket.SocketIO(fixture.pair(), "r")
    raw:close()
    for _, closed in ipairs({ file, raw }) do
      refuses("bad argument #1 to 'sendfile' (I/O operation on closed file", s.sendfile, s, closed)
    end
  end)
end)

describe("sendfile in a task", function()
  it("waits through the scheduler, and sends all", function()
    local s, peer = fixture.pair()
    local numbers = {}
    for i = 1, 200000 do numbers[i] = i end
    local text = table.concat(numbers, " ")
    local file = file_of(text)
    local sent
    local task = files.scheduler()(function() sent = s:sendfile(file) end)
    local got = {}
    while coroutine.status(task) ~= "dead" do
      got[#got + 1] = arrived(peer)
      assert(coroutine.resume(task))
    end
    got[#got + 1] = arrived(peer)
    assert.equal(#text, sent)
    assert.is_true(text == table.concat(got))
    assert.equal(#text, file:seek("cur"))
  end)

  -- A file of more than the system holds, sent to nobody who reads it.
  local large <const> = ("x"):rep(1 << 24)

  local breaks <const> = {
    ["a deadline"] = function(send) return pcall(loop.timeout_after, 0.01, send) end,
    ["a deadline around a coroutine"] = function(send)
      return pcall(loop.timeout_after, 0.01, function() return coroutine.wrap(send)() end)
    end,
    ["a cancel"] = function(send)
      local task = loop.spawn(send)
      loop.sleep(0.01)
      task:cancel()
      return pcall(task.join, task)
    end,
  }

  for what, break_off in pairs(breaks) do
    it("leaves the file behind what was sent, and tells how much, where " .. what .. " ends it", function()
      for _, open in ipairs({ file_of, memory_of }) do
        local s, peer = fixture.endless_pair()
        local file = open(large)
        local ok, err = loop.run(break_off, function() s:sendfile(file) end)
        local count = #arrived(peer)
        assert.is_false(ok)
        assert.is_true(count > 0)
        assert.equal(count, err.characters_written)
        assert.equal(count, place_of(file))
      end
    end)
  end

  for _, method in ipairs({ "sendall", "sendfile" }) do
    it("tells that nothing went where its turn never came: " .. method, function()
      local s, peer = fixture.endless_pair()
      local data, done = method == "sendall" and "x" or file_of("x"), 0
      local ok, err = loop.run(pcall, loop.timeout_after, 0.01, function()
        for i = 1, 200 do -- the others get their turn after so many calls, or so much time
          local over = socket.monotonic() + (i == 100 and 0.03 or 0)
          while socket.monotonic() < over do end
          if method == "sendfile" then
            data:seek("set")
            s:sendfile(data, 0, 1) -- all of it: a second attempt, for the end, would be another turn
          else
            s:sendall(data)
          end
          done = done + 1
        end
      end)
      assert.is_false(ok)
      -- on a busy machine the turn may also end between a byte and the end of the file
      assert.equal(#arrived(peer) - done, err.characters_written)
    end)
  end

  it("tells of itself alone under a deadline that another has told by", function()
    local full, file = fixture.endless_pair(), file_of(large)
    repeat -- not in a task, which the deadline would end in its midst; TCP takes more when it has passed on what it had
      local _, err = pcall(full.sendall, full, large, socket.MSG_DONTWAIT)
      core.poll({}, 0.05)
    until err.characters_written == 0
    loop.run(loop.timeout_after, 0.01, function()
      local s, peer = fixture.endless_pair()
      local err = select(2, pcall(s.sendall, s, large))
      assert.equal(#arrived(peer), err.characters_written)
      assert.equal(0, select(2, pcall(full.sendfile, full, file)).characters_written)
      assert.equal(0, file:seek("cur"))
    end)
  end)
end)
