local files = require "spec.file.fixture"
local fixture = require "spec.fixture"
local socket = require "pysocket"

local open <const> = files.open
local arrived <const> = files.arrived
local pattern <const> = files.pattern
local raises <const>, refuses <const> = fixture.raises, fixture.refuses

describe("write", function()
  it("takes strings, numbers and bytearrays", function()
    local f, peer = open("wb")
    f:write("a", 1, 2.5, socket.bytearray("b"), socket.bytearray("xcx"):view(2, 2), "\0\xFF")
    f:flush()
    assert.equal("a12.5bc\0\xFF", arrived(peer))
  end)

  for _, number in ipairs({ 1, -7, 1.0, 2.5, 1e100, 2 ^ 53, 0x7FFFFFFFFFFFFFFF }) do
    it(("writes %s as Lua's files do"):format(number), function()
      local f, peer = open("wb")
      f:write(number):flush()
      local copy <close> = assert(io.tmpfile())
      copy:write(number)
      copy:seek("set")
      assert.equal(copy:read("a"), arrived(peer))
    end)
  end

  it("returns the file", function()
    local f, peer = open("wb")
    f:write("a"):write():write("b"):flush()
    assert.equal("ab", arrived(peer))
  end)

  it("takes a bytearray as it is now", function()
    local f, peer = open("wb")
    local buffer = socket.bytearray("a")
    f:write(buffer)
    buffer[1] = 98
    f:flush()
    assert.equal("a", arrived(peer))
  end)

  it("writes nothing when an argument is wrong", function()
    local f, peer = open("wb")
    refuses("#2 to 'write' (data must be a string or bytearray, got table)", f.write, f, "a", {})
    f:flush()
    assert.equal("", arrived(peer))
  end)
end)

describe("writelines", function()
  it("writes what it is given, and adds nothing", function()
    local f, peer = open("wb")
    f:writelines({ "a\n", 1, "b", socket.bytearray("c") })
    f:flush()
    assert.equal("a\n1bc", arrived(peer))
  end)

  it("refuses anything but a sequence", function()
    local f = open("wb")
    refuses("#1 to 'writelines' (lines must be a sequence, got string)", f.writelines, f, "a")
    refuses("bad argument #1 to 'writelines' (data must be", f.writelines, f, { true })
  end)
end)

describe("a buffer", function()
  it("of the default size keeps what is small", function()
    local f, peer = open("w")
    f:write("a\nb\n")
    assert.equal("", arrived(peer))
  end)

  it("of a size keeps that many bytes", function()
    local f, peer = open("wb", 4)
    f:write("abcd")
    assert.equal("", arrived(peer))
    f:write("e")
    assert.equal("abcde", arrived(peer))
  end)

  it("of lines sends a line when it is complete", function()
    local f, peer = open("w", 1)
    f:write("ab")
    assert.equal("", arrived(peer))
    f:write("c\n")
    assert.equal("abc\n", arrived(peer))
    f:write("x\ny")
    assert.equal("x\ny", arrived(peer))
  end)

  for _, newline in ipairs({ "\r\n", "\r" }) do
    it(("of lines knows them that end in %q"):format(newline), function()
      local f, peer = open("w", 1, { newline = newline })
      f:write("ab\n")
      assert.equal("ab" .. newline, arrived(peer))
    end)
  end

  for _, size in ipairs({ -1, false }) do
    it(("of size %s is one of the default size"):format(size or nil), function()
      local f, peer = open("wb", size or nil)
      f:write("abc")
      assert.equal("", arrived(peer))
    end)
  end
end)

describe("setvbuf", function()
  it("sends at once what waits and what follows", function()
    local f, peer = open("wb")
    f:write("a")
    assert.is_true(f:setvbuf("no"))
    assert.equal("a", arrived(peer))
    f:write("b")
    assert.equal("b", arrived(peer))
  end)

  it("sends lines when they are complete", function()
    local f, peer = open("wb")
    f:setvbuf("line")
    f:write("a")
    assert.equal("", arrived(peer))
    f:write("b\n")
    assert.equal("ab\n", arrived(peer))
  end)

  it("keeps as many bytes as it says", function()
    local f, peer = open("w", 1)
    f:setvbuf("full", 3)
    f:write("a\nb")
    assert.equal("", arrived(peer))
    f:write("c")
    assert.equal("a\nbc", arrived(peer))
  end)

  it("means nothing to a file that is read", function()
    local f = open("rb")
    assert.is_true(f:setvbuf("no"))
  end)

  it("refuses other modes", function()
    local f = open("wb")
    refuses("bad argument #1 to 'setvbuf' (invalid mode 'none')", f.setvbuf, f, "none")
    refuses("bad argument #2 to 'setvbuf' (size must be an integer", f.setvbuf, f, "full", "x")
  end)
end)

describe("text", function()
  for _, case in ipairs({
    { nil, "a\nb\n" },
    { "", "a\nb\n" },
    { "\n", "a\nb\n" },
    { "\r", "a\rb\r" },
    { "\r\n", "a\r\nb\r\n" },
  }) do
    local newline = case[1]
    local shown = newline and ("%q"):format(newline)
    it(("writes newlines as newline = %s says"):format(shown), function()
      local f, peer = open("w", { newline = newline })
      f:write("a\nb"):write("\n"):flush()
      assert.equal(case[2], arrived(peer))
    end)
  end

  it("leaves newlines of a binary file alone", function()
    local f, peer = open("wb", { newline = "\r\n" })
    f:write("a\n"):flush()
    assert.equal("a\n", arrived(peer))
  end)
end)

describe("a flush", function()
  it("of a file that is only read does nothing", function()
    local f = open("rb")
    assert.equal(f, f:flush())
  end)

  for _, size in ipairs({ 100, 4 * 1024 * 1024 }) do
    it("that would block loses and repeats nothing, with a buffer of " .. size, function()
      local f, peer, s = open("wb", size)
      s:setblocking(false)
      local text = pattern(2 * 1024 * 1024)
      local err = raises(socket.BlockingIOError, function() f:write(text):flush() end)
      assert.equal("EAGAIN", err.name)
      raises(socket.BlockingIOError, f.flush, f)
      local got = {}
      while not pcall(f.flush, f) do got[#got + 1] = arrived(peer) end
      got[#got + 1] = arrived(peer)
      assert.is_true(text == table.concat(got))
    end)
  end

  it("that times out loses nothing and repeats nothing", function()
    local f, peer, s = open("wb")
    s:settimeout(0.001)
    local text = pattern(1024 * 1024)
    raises(socket.timeout, f.write, f, text)
    pcall(f.write, f, "the end")
    local got = {}
    repeat
      got[#got + 1] = arrived(peer)
    until pcall(f.flush, f)
    got[#got + 1] = arrived(peer)
    assert.is_true(text .. "the end" == table.concat(got))
  end)

  it("that fails in the first of several arguments keeps the others", function()
    local f, peer, s = open("wb")
    s:setblocking(false)
    local text = pattern(1024 * 1024)
    raises(socket.BlockingIOError, f.write, f, text, "and", "more")
    local got = {}
    while not pcall(f.flush, f) do got[#got + 1] = arrived(peer) end
    got[#got + 1] = arrived(peer)
    assert.is_true(text .. "andmore" == table.concat(got))
  end)

  it("tells how much still waits", function()
    local f, _, s = open("wb")
    s:setblocking(false)
    raises(socket.BlockingIOError, f.write, f, pattern(1024 * 1024))
    local unsent = math.tointeger(tostring(f):match("unsent=(%d+)"))
    assert.is_true(unsent > 0 and unsent < 1024 * 1024)
  end)

  it("of data in many parts costs what the data cost", function()
    local f, peer, s = open("wb")
    s:setblocking(false)
    local text = pattern(8 * 1024 * 1024)
    collectgarbage()
    collectgarbage("stop")
    local before = collectgarbage("count")
    pcall(f.write, f, text)
    local buffer, received = socket.bytearray(65536), 0
    repeat
      for _ = 1, 3 do received = received + peer:recv_into(buffer) end
    until pcall(f.flush, f)
    local made = collectgarbage("count") - before
    collectgarbage("restart")
    assert.is_true(made < 64 * 1024)
  end)
end)

describe("a flush in a task", function()
  it("that is given up loses nothing and repeats nothing", function()
    local f, peer, s = open("wb")
    local text = pattern(1024 * 1024)
    local task = files.scheduler()(f.write, f, text)
    local got = { arrived(peer) }
    assert(coroutine.resume(task))
    coroutine.close(task)
    s:setblocking(false)
    while not pcall(f.flush, f) do got[#got + 1] = arrived(peer) end
    got[#got + 1] = arrived(peer)
    assert.is_true(text == table.concat(got))
  end)

  it("that an error ends loses nothing and repeats nothing", function()
    local f, peer, s = open("wb")
    s:setblocking(false)
    local text = pattern(1024 * 1024)
    local task = coroutine.create(function() f:write(text) end)
    assert.is_false((coroutine.resume(task)))
    local got = {}
    while not pcall(f.flush, f) do got[#got + 1] = arrived(peer) end
    got[#got + 1] = arrived(peer)
    assert.is_true(text == table.concat(got))
  end)

  it("sends what was written meanwhile", function()
    local f, peer = open("wb")
    local text = pattern(1024 * 1024)
    local spawn = files.scheduler()
    local first = spawn(f.write, f, text)
    local second = spawn(f.write, f, "more")
    local got = {}
    while coroutine.status(first) ~= "dead" do
      got[#got + 1] = arrived(peer)
      assert(coroutine.resume(first))
    end
    got[#got + 1] = arrived(peer)
    assert(coroutine.resume(second))
    assert.equal("dead", coroutine.status(second))
    assert.is_true(text .. "more" == table.concat(got))
  end)
end)

describe("what is written", function()
  it("goes out in its order, whatever its pieces are", function()
    local pieces = {}
    for i = 1, 400 do pieces[i] = ("%d;"):format(i):rep(i % 7 == 0 and 4000 or i % 5) end
    for _, size in ipairs { 0, 100, 65536 } do
      local f, peer, s = open("wb", { buffering = math.max(size, 2) })
      if size == 0 then f:setvbuf("no") end
      s:setblocking(false)
      local got = {}
      for i = 1, #pieces, 4 do
        pcall(f.write, f, table.unpack(pieces, i, i + 3))
        if i % 3 == 0 then got[#got + 1] = arrived(peer) end
      end
      repeat got[#got + 1] = arrived(peer) until pcall(f.flush, f)
      got[#got + 1] = arrived(peer)
      assert.is_true(table.concat(pieces) == table.concat(got), size)
    end
  end)

  it("is not copied where it is long", function()
    local f, peer, s = open("wb")
    s:setblocking(false)
    local text = ("x"):rep(8 * 1024 * 1024)
    collectgarbage()
    local before = collectgarbage("count")
    pcall(f.write, f, text, "and", text)
    assert.is_true(collectgarbage("count") - before < 1024)
    assert.matches("^xxx", arrived(peer))
  end)

  it("keeps its newlines through a flush that is cut short", function()
    local f, peer, s = open("w", { newline = "\r\n" })
    s:setblocking(false)
    local line = ("x"):rep(60) .. "\n"
    pcall(f.write, f, line:rep(20000))
    pcall(f.write, f, "end\n")
    local got = {}
    repeat got[#got + 1] = arrived(peer) until pcall(f.flush, f)
    got[#got + 1] = arrived(peer)
    assert.is_true(table.concat(got) == (("x"):rep(60) .. "\r\n"):rep(20000) .. "end\r\n")
  end)
end)
