local files = require "spec.file.fixture"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local open <const> = files.open
local holding <const> = files.holding
local impatient <const> = files.impatient
local raises <const>, refuses <const> = fixture.raises, fixture.refuses

local function assert_blocks(value, err)
  assert.is_nil(value)
  assert.is_true(socket.isinstance(err, socket.BlockingIOError))
end

-- the sequence of what an iterator gives
local function all(iterator)
  local values = {}
  for value in iterator do
    values[#values + 1] = value
  end
  return values
end

describe("a read that fails", function()
  for _, case in ipairs({
    { "a line", "l" },
    { "a number of bytes", 100 },
    { "all", "a" },
  }) do
    it("by a timeout keeps what has come of " .. case[1], function()
      local f, peer, s = open("rb")
      peer:sendall("ab")
      s:settimeout(0.001)
      raises(socket.timeout, f.read, f, case[2])
      raises(socket.timeout, f.read, f, case[2])
      assert.equal(2, f:pending())
      peer:sendall("c\n")
      assert.equal("abc\n", f:readline())
    end)
  end

  it("by a timeout keeps the values that came before", function()
    local f, peer, s = open("rb")
    s:settimeout(0.001)
    peer:sendall("one\n 12xyz\n")
    raises(socket.timeout, f.read, f, "l", "n", 2, "l", "l")
    assert.equal("one\n 12xyz\n", f:read(11))
  end)

  it("by a wrong format keeps the values that came before", function()
    local f, peer = open("rb")
    peer:sendall("one\ntwo\n")
    refuses("bad argument #2 to 'read'", f.read, f, "l", "x")
    assert.equal("one", f:read())
  end)

  it("by a timeout keeps a number", function()
    local f, peer, s = open("rb")
    s:settimeout(0.001)
    peer:sendall("12")
    raises(socket.timeout, f.read, f, "n")
    peer:sendall("34 ")
    assert.equal(1234, f:read("n"))
  end)

  it("by a reset keeps what has come", function()
    local a, b = fixture.tcp_pair()
    local f <close> = a:makefile("rb")
    b:sendall("abc")
    assert.equal("a", f:read(1))
    b:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack(fixture.LINGER, 1, 0))
    b:close()
    raises(socket.ConnectionResetError, f.read, f, "l")
    assert.equal("bc", f:read(2))
  end)
end)

describe("a read that would block", function()
  for _, case in ipairs({
    { "read", 1 },
    { "read", "l" },
    { "read", "L" },
    { "read", "n" },
    { "read", "a" },
    { "read", 0 },
    { "readline" },
    { "readlines" },
    { "readall" },
    { "readinto", socket.bytearray(1) },
    { "read1" },
    { "peek" },
  }) do
    it(("gives nil and the error: %s(%s)"):format(case[1], case[2] or ""), function()
      local f = impatient()
      assert_blocks(f[case[1]](f, case[2]))
    end)
  end

  it("gives the bytes that are there", function()
    local f, peer = impatient()
    peer:sendall("abc")
    assert.equal("abc", f:read(10))
    peer:sendall("abc")
    assert.equal("abc", f:read("a"))
    peer:sendall("abc")
    assert.equal("abc", f:readline())
  end)

  it("keeps an unfinished line", function()
    local f, peer = impatient()
    peer:sendall("ab")
    assert_blocks(f:read("l"))
    assert_blocks(f:read("L"))
    peer:sendall("c\n")
    assert.equal("abc\n", f:read("L"))
  end)

  it("gives the lines that are there and keeps the unfinished one", function()
    local f, peer = impatient()
    peer:sendall("a\nb\nc")
    assert.same({ "a\n", "b\n" }, f:readlines())
    peer:sendall("d\n")
    assert.equal("cd\n", f:readline())
  end)

  it("gives the values that came before", function()
    local f, peer = impatient()
    peer:sendall("a\nb")
    local line, missing, err = f:read("l", "l")
    assert.equal("a", line)
    assert_blocks(missing, err)
    assert.equal("b", f:read(1))
  end)

  it("raises in an iterator", function()
    local f, peer = impatient()
    peer:sendall("a\nb")
    for _, iterator in ipairs({ f:lines(), f:lines("l"), f:lines("L"), f:lines(5, 5) }) do
      pcall(iterator)
      raises(socket.BlockingIOError, iterator)
    end
  end)
end)

describe("a line in many pieces", function()
  -- KiB that become garbage while a line of that many bytes arrives byte by byte
  local function garbage(bytes)
    local f, peer = open("rb", 0)
    peer:sendall(("x"):rep(bytes) .. "\n")
    collectgarbage()
    collectgarbage("stop")
    local before = collectgarbage("count")
    assert.equal(bytes, #f:read("l"))
    local made = collectgarbage("count") - before
    collectgarbage("restart")
    return made
  end

  it("costs twice as much when it is twice as long", function()
    assert.is_true(garbage(16000) < 2.5 * garbage(8000))
  end)

  it("is whole", function()
    local f, peer = impatient()
    local line = ("0123456789"):rep(100)
    for i = 1, #line do
      peer:sendall(line:sub(i, i))
      assert_blocks(f:read("l"))
    end
    peer:sendall("\n")
    assert.equal(line, f:read("l"))
  end)
end)

describe("the limit of lines", function()
  it("is 1 MiB", function()
    local child = fixture.child("long_line")
    assert.equal("1048576 true", child:line())
    assert.equal("LimitOverrunError 1048577", child:line())
  end)

  for _, buffering in ipairs({ 0, 2, 64 }) do
    it("counts the bytes before a line's end, with a buffer of " .. buffering, function()
      local f = holding("12345\n123456\n", { buffering = buffering, limit = 5 })
      assert.equal("12345\n", f:readline())
      raises(socket.LimitOverrunError, f.readline, f)
    end)

    it("is told without waiting for the end, with a buffer of " .. buffering, function()
      local f, peer = open("rb", { buffering = buffering, limit = 5 })
      peer:sendall("123456")
      raises(socket.LimitOverrunError, f.readline, f)
    end)
  end

  for _, case in ipairs({ { "read", "l" }, { "read", "L" }, { "readlines" } }) do
    it(("holds for %s(%s)"):format(case[1], case[2] or ""), function()
      local f = holding("123456\n", { limit = 5 })
      raises(socket.LimitOverrunError, f[case[1]], f, case[2])
      assert.equal("123456\n", f:read("a"))
    end)
  end

  it("holds for iterators", function()
    local f = holding("1\n123456\n", { limit = 5 })
    local iterator = f:lines()
    assert.equal("1", iterator())
    raises(socket.LimitOverrunError, iterator)
    raises(socket.LimitOverrunError, iterator)
    assert.equal("123456\n", f:read(7))
    assert.is_nil(iterator())
  end)

  it("holds for the last line", function()
    local f = holding("123456", { limit = 5 })
    raises(socket.LimitOverrunError, f.read, f)
    assert.equal("123456", f:read("a"))
  end)

  it("does not hold for bytes asked for by their number", function()
    local f = holding("123456\n1234567\n", { limit = 5 })
    assert.equal("123456", f:read(6))
    assert.equal("\n", f:readline(10))
    assert.equal("1234567\n", f:readline(10))
  end)

  it("tells what it is", function()
    local f = holding("123456\n", { limit = 5 })
    local err = raises(socket.LimitOverrunError, f.read, f)
    assert.equal("a line is longer than the limit of 5 bytes", err.strerror)
  end)
end)

describe("a peer that drips", function()
  -- What a reader gives, or its error, while a byte comes each time that it has waited a little less than its timeout; the number
  -- of bytes that came. What it says to the bytes that are there comes after `most` of them at the latest.
  local function drip(most, read, byte)
    local f, peer, s = open("rb")
    s:settimeout(0.1)
    local done, value = false, nil
    local sent = 0
    loop.run(function()
      local t = loop.spawn(function()
        local ok
        ok, value = pcall(read, f)
        done = true
        return ok
      end)
      while not done and sent < most do
        peer:sendall(byte)
        sent = sent + 1
        loop.sleep(0.04)
      end
      peer:close()
      t:join()
    end)
    return value, sent, f
  end

  for name, read in pairs {
    ["read('l')"] = function(f) return f:read("l") end,
    ["readline()"] = function(f) return f:readline() end,
    ["readuntil()"] = function(f) return f:readuntil("\n") end,
    ["read('n')"] = function(f) return f:read("n") end,
    ["lines()"] = function(f) return f:lines()() end,
    ["read('l', 'l')"] = function(f) return f:read("l", "l") end,
  } do
    it("does not hold a reader beyond its timeout: " .. name, function()
      local err, sent, f = drip(20, read, "1")
      assert.is_true(socket.isinstance(err, socket.timeout), tostring(err))
      assert.equal(sent, #f:read("a"))
    end)
  end

  for name, read in pairs {
    ["read(n)"] = function(f) return f:read(6) end,
    ["readexactly(n)"] = function(f) return f:readexactly(6) end,
    ["read('a')"] = function(f) return f:read("a") end,
    ["readinto()"] = function(f)
      local buffer = socket.bytearray(6)
      f:readinto(buffer)
      return tostring(buffer)
    end,
  } do
    it("is slow, and no timeout for a reader that counts: " .. name, function()
      assert.equal("111111", (drip(6, read, "1")))
    end)
  end
end)

describe("several formats", function()
  it("take what is there without a call of the socket for each", function()
    local f, peer, s = open("rb")
    peer:sendall("$3\r\nabc\r\n$4\r\ndefg\r\n")
    assert.equal("$3\r", f:read())
    s:shutdown(socket.SHUT_RD) -- would give the end of the stream
    assert.same({ "abc", "\r", "$4\r", "defg", "\r" }, { f:read(3, "l", "l", 4, "l") })
  end)

  it("may be many", function()
    local f, peer = open("rb")
    peer:sendall(("x"):rep(150))
    local formats = {}
    for i = 1, 150 do formats[i] = 1 end
    assert.equal(150, select("#", f:read(table.unpack(formats))))
  end)

  it("are together in an iterator", function()
    local f, peer = open("rb")
    peer:sendall("a\n1\nb\n2\n")
    peer:close()
    local got = {}
    for name, number in f:lines("l", "n") do
      f:read("l")
      got[#got + 1] = name .. number
    end
    assert.same({ "a1", "b2" }, got)
  end)
end)

describe("much data", function()
  for _, case in ipairs { "all", "count", "readall" } do
    it("takes twice its size at most: " .. case, function()
      if not io.open("/proc/self/status") then fixture.lacking("there is no /proc") end
      fixture.need_no_sanitizer()
      local child = fixture.child("peak", case)
      local ratio = assert(tonumber(child:line()), child:errors())
      assert.is_true(ratio < 2.2, ratio)
    end)
  end

  it("without an end of a line takes no more than a line may be long", function()
    if not io.open("/proc/self/status") then fixture.lacking("there is no /proc") end
    fixture.need_no_sanitizer()
    local child = fixture.child("peak", "line")
    assert.is_true(assert(tonumber(child:line()), child:errors()) < 0.1)
  end)
end)

describe("a call without memory", function()
  -- Each allocation of a call fails once, until there is none left to fail: what the call gives then. At each failure it has to be
  -- as if it had not been made.
  local function persist(f, ...)
    local starved = fixture.starving()
    for n = 1, 100 do
      local results = table.pack(starved(n, f, ...))
      if results[1] then return table.unpack(results, 2, results.n) end
      assert.matches("not enough memory", tostring(results[2]))
    end
    error("it fails with all the memory that it asks for")
  end

  local LONG <const> = ("x"):rep(5000)
  for name, case in pairs {
    ["a line"] = { LONG .. "\nrest", { LONG }, "read", "l" },
    ["a number of bytes"] = { LONG .. "rest", { LONG }, "read", #LONG },
    ["several formats"] = { LONG .. "\n12 " .. LONG .. "rest", { LONG, 12, " " .. LONG }, "read", "l", "n", #LONG + 1 },
    ["lines"] = { LONG .. "\n" .. LONG .. "\nrest", { { LONG .. "\n", LONG .. "\n" } }, "readlines", #LONG + 1 },
    ["a delimiter"] = { LONG .. ";rest", { LONG .. ";" }, "readuntil", ";" },
  } do
    it("loses nothing of " .. name, function()
      local text, expected = case[1], case[2]
      local f, peer = open("r", { encoding = "utf-8", newline = "\n" })
      peer:sendall(text)
      peer:close()
      assert.same(expected, { persist(f[case[3]], f, table.unpack(case, 4)) })
      assert.equal("rest", f:read("a"))
    end)
  end

  it("loses and repeats nothing of what is written and flushed", function()
    local f, peer = open("wb")
    persist(f.write, f, "one ")
    f:write(LONG)
    persist(f.flush, f)
    f:close()
    assert.equal("one " .. LONG, files.arrived(peer))
  end)
end)

describe("a reset inside a line", function()
  it("keeps what came of it, and is raised again", function()
    local client, server = fixture.tcp_pair()
    local f <close> = client:makefile("rb")
    server:sendall("whole\nbroken")
    assert.equal("whole", f:read("l"))
    server:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack(fixture.LINGER, 1, 0))
    server:close()
    raises(socket.ConnectionResetError, f.read, f, "l")
    assert.equal("broken", f:read(6))
  end)
end)

describe("reading in tasks", function()
  -- what the task returns that is to go on now
  local function finish(task)
    local results = table.pack(coroutine.resume(task))
    assert.equal("dead", coroutine.status(task))
    return table.unpack(results, 2, results.n)
  end

  it("waits through the scheduler", function()
    local f, peer = open("rb")
    local spawn = files.scheduler()
    local task = spawn(f.read, f, "l", 2, "n", "a")
    peer:sendall("ab\ncd12")
    assert(coroutine.resume(task))
    peer:close()
    assert.same({ "ab", "cd", 12, "" }, { finish(task) })
  end)

  it("waits in iterators", function()
    local f, peer = open("r")
    local spawn = files.scheduler()
    local task = spawn(function() return all(f:lines()) end)
    peer:sendall("a\nb")
    assert(coroutine.resume(task))
    peer:close()
    assert.same({ "a", "b" }, finish(task))
  end)

  it("loses nothing when a task is given up", function()
    local f, peer = open("rb")
    local spawn = files.scheduler()
    local task = spawn(f.read, f, "l", "l", 5)
    peer:sendall("a\nb\ncd")
    assert(coroutine.resume(task))
    coroutine.close(task)
    peer:close()
    assert.equal("a\nb\ncd", f:read("a"))
  end)

  it("loses nothing when an error ends a task", function()
    local f, peer, s = open("rb")
    s:settimeout(0.001)
    peer:sendall("a\nb\ncd")
    local task = coroutine.create(function() f:read("l", "l", 5) end)
    assert.is_false((coroutine.resume(task)))
    peer:close()
    assert.equal("a\nb\ncd", f:read("a"))
  end)

  it("gives each of two tasks whole lines", function()
    local f, peer = open("rb")
    local spawn = files.scheduler()
    local first, second = spawn(f.read, f), spawn(f.read, f)
    peer:sendall("aaa\nbbb\n")
    assert.equal("aaa", finish(second))
    peer:sendall("ccc\n")
    assert.equal("bbb", finish(first))
    assert.equal("ccc", f:read())
  end)

  it("fails when the file is closed meanwhile", function()
    local f, peer = open("rb")
    local spawn = files.scheduler()
    local task = spawn(f.read, f)
    f:close()
    peer:sendall("a\n")
    local ok, err = coroutine.resume(task)
    assert.is_false(ok)
    assert.matches("I/O operation on closed file", err)
  end)
end)
