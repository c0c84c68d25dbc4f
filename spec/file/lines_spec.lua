-- The iterator over lines, and what a file receives at once.

local files = require "spec.file.fixture"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local BURST <const> = 40000 -- bytes: as much as makes the file receive more at once

-- Lines of all lengths up to that, each different, with their ends.
local function lines_of(count, longest, ending)
  local lines = {}
  for i = 1, count do
    local length = i * 7919 % longest
    lines[i] = tostring(i) .. ("x"):rep(length) .. ending
  end
  return lines
end

-- Sends it in pieces of all sizes up to that, as a task; then no more comes.
local function send_all(peer, text, largest)
  local i, n = 1, 1
  while i <= #text do
    n = n * 31337 % largest + 1
    peer:sendall(text:sub(i, i + n - 1))
    i = i + n
  end
  peer:shutdown(socket.SHUT_WR)
end

-- A burst of whole lines, and an iterator that has given out all of them.
local function drained(...)
  local f, peer, s = files.open(...)
  local line = ("y"):rep(99) .. "\n"
  peer:sendall(line:rep(BURST // #line))
  local next_line = f:lines()
  for _ = 1, BURST // #line do assert.equal(99, #next_line()) end
  return f, peer, s, next_line
end

describe("an iterator over lines", function()
  for _, case in ipairs {
    { "binary", "rb", "\n", {} },
    { "text", "r", "\n", {} },
    { "text with ends of two bytes", "r", "\r\n", { newline = "\r\n" } },
  } do
    for _, largest in ipairs { 50, 5000, 300000 } do
      it(("gives each once, whatever else reads: %s in pieces up to %d"):format(case[1], largest), function()
        local f, peer = files.open(case[2], case[4])
        local text = table.concat(lines_of(1500 // fixture.SLOWNESS, 400, case[3]))
          .. table.concat(lines_of(8 // fixture.SLOWNESS, 200000, case[3]))
        local got = {}
        loop.run(function()
          loop.spawn(send_all, peer, text, largest)
          local whole, cut = f:lines("L"), f:lines()
          local readers = {
            function() return whole() end,
            function()
              local line = cut()
              return line and line .. case[3]
            end,
            function() return whole() end,
            function() return f:read(3) end,
            function() return whole() end,
            function()
              local line = f:read("l")
              return line and line .. case[3]
            end,
            function()
              local there = f:peek(10)
              if there == "" then return nil end
              return assert(f:read(#there))
            end,
          }
          local i = 1
          repeat
            i = i * 48271 % 2147483647
            local reader = readers[i % 100 < 90 and 1 or i % #readers + 1]
            local piece = reader()
            got[#got + 1] = piece
          until not piece
        end)
        assert.is_true(table.concat(got) == text)
      end)
    end
  end

  it("gives lines longer than a piece, and longer than a buffer", function()
    local f, peer = files.open("rb")
    local lines = lines_of(40, 150000, "\n")
    loop.run(function()
      loop.spawn(send_all, peer, table.concat(lines), 200000)
      local i = 0
      for line in f:lines("L") do
        i = i + 1
        assert.is_true(line == lines[i])
      end
      assert.equal(#lines, i)
    end)
  end)

  -- The most that a file with such a buffer holds while its lines are read: what it received at once, with less than a line
  -- before it.
  local function most_held(size)
    local f, peer = files.open("rb", size)
    local count, most = 30000, 0
    loop.run(function()
      loop.spawn(send_all, peer, (("y"):rep(99) .. "\n"):rep(count), 200000)
      for line in f:lines() do
        assert.equal(99, #line)
        most = math.max(most, f:pending() + 100)
        count = count - 1
      end
    end)
    assert.equal(0, count)
    return most
  end

  it("receives more than usual at once where there is more", function()
    assert.is_true(most_held() > 70 * 1024)
  end)

  it("receives no more at once than the buffer that was asked for", function()
    for _, size in ipairs { 8192, 65536 } do
      local most = most_held(size)
      assert.is_true(size <= most and most < size + 100, most)
    end
  end)

  it("keeps no large buffer while it waits for more", function()
    local f, peer, s = files.open("rb")
    local next_line = f:lines()
    collectgarbage()
    local bytes = collectgarbage("count") * 1024
    peer:setblocking(false)
    local sent = peer:send((("y"):rep(99) .. "\n"):rep(30000)) -- two receives of 64 KiB, and a rest
    for _ = 1, sent // 100 do next_line() end
    s:setblocking(false)
    fixture.raises(socket.BlockingIOError, next_line)
    collectgarbage()
    assert.is_true(collectgarbage("count") * 1024 - bytes < 100000)
  end)

  it("goes on after a timeout", function()
    local _, peer, s, next_line = drained("rb")
    s:settimeout(0.01)
    peer:sendall("be")
    fixture.raises(socket.timeout, next_line)
    fixture.raises(socket.timeout, next_line)
    peer:sendall("gun\nand")
    assert.equal("begun", next_line())
    peer:shutdown(socket.SHUT_WR)
    assert.equal("and", next_line())
    assert.is_nil(next_line())
  end)

  it("raises where it would block", function()
    local f, peer, s, next_line = drained("rb")
    s:setblocking(false)
    peer:sendall("be")
    fixture.raises(socket.BlockingIOError, next_line)
    assert.equal("be", f:read(2))
    peer:sendall("gun\n")
    assert.equal("gun", next_line())
  end)

  it("keeps the limit, and what is longer", function()
    local f, peer, _, next_line = drained("rb", { limit = 100 })
    local long = ("z"):rep(101) .. "\n"
    peer:sendall(long .. "short\n")
    fixture.raises(socket.LimitOverrunError, next_line)
    fixture.raises(socket.LimitOverrunError, next_line)
    assert.equal(long, f:read(#long))
    assert.equal("short", next_line())
  end)

  it("fails when the file is closed while it waits", function()
    local f, peer, _, next_line = drained("rb")
    loop.run(function()
      local t = loop.spawn(function() return pcall(next_line) end)
      loop.sleep(0)
      f:close()
      peer:sendall("a\n")
      local ok, err = t:join()
      assert.is_false(ok)
      assert.matches("I/O operation on closed file", err)
    end)
  end)

  it("loses nothing to another task that reads while it waits", function()
    local f, peer, _, next_line = drained("rb")
    peer:sendall("first ")
    loop.run(function()
      local t = loop.spawn(next_line)
      loop.sleep(0)
      assert.equal("first ", f:read(6))
      peer:sendall("second\nthird\n")
      assert.equal("second", t:join())
      assert.equal("third", next_line())
    end)
  end)

  it("gives each of several tasks whole lines", function()
    local _, peer, _, next_line = drained("rb")
    peer:sendall("begun")
    local whole = ("w"):rep(70) .. "\n"
    loop.run(function()
      local got, tasks = {}, {}
      for i = 1, 3 do
        tasks[i] = loop.spawn(function()
          for line in next_line do got[#got + 1] = line end
        end)
      end
      loop.sleep(0)
      for _ = 1, 20 do
        peer:sendall(whole:rep(BURST // #whole))
        loop.sleep(0)
      end
      peer:shutdown(socket.SHUT_WR)
      for i = 1, 3 do tasks[i]:join() end
      assert.equal(20 * (BURST // #whole), #got)
      local bytes = 0
      for _, line in ipairs(got) do
        assert.matches("^[beguwn]+$", line)
        bytes = bytes + #line
      end
      assert.equal(5 + 70 * #got, bytes)
    end)
  end)

  it("gives what it holds to all who ask the file", function()
    local f, peer, _, next_line = drained("rb")
    peer:sendall("one\ntwo\nthree\n")
    assert.equal("one", next_line())
    assert.equal(#"two\nthree\n", f:pending())
    assert.equal("two", f:lines()())
    assert.equal("th", f:peek(2))
    assert.equal("three", next_line())
  end)

  it("gives as many values a step as it was given formats, as read does", function()
    for count = 1, 60 do
      local f, peer = files.open("rb")
      local text = ("abc\n"):rep(2 * count)
      peer:sendall(text)
      f:peek(#text)
      local formats, expected = {}, {}
      for i = 1, count do
        formats[i] = i % 3 == 0 and 4 or i % 3 == 1 and "l" or "L"
        expected[i] = i % 3 == 1 and "abc" or "abc\n"
      end
      assert.same(expected, { f:read(table.unpack(formats)) })
      assert.same(expected, { f:lines(table.unpack(formats))() })
      assert.equal(0, f:pending())
    end
  end)

  it("of a file without a buffer reads no further than its line", function()
    local f, peer, s = files.open("rb", 0)
    peer:sendall("one\ntwo\n")
    assert.equal("one", f:lines()())
    assert.equal("two\n", s:recv(100))
  end)

  it("gives the last line, whatever the size of the buffer", function()
    for size = 1, 9 do
      local f, peer = files.open("rb", size)
      peer:sendall("a\nb\nc\nlast")
      peer:close()
      local got = {}
      for line in f:lines() do got[#got + 1] = line end
      assert.same({ "a", "b", "c", "last" }, got)
    end
  end)

  it("ends at an empty datagram", function()
    local s, peer = fixture.pair(socket.SOCK_DGRAM)
    peer:send("a\nb\nc\nd\n")
    s:settimeout(5)
    local next_line = s:makefile("rb", 8):lines()
    for _ = 1, 4 do assert.is_string(next_line()) end
    peer:send("")
    assert.is_nil(next_line())
  end)

  it("is not led astray by finalizers that use the file", function()
    for _, size in ipairs { 8, 48, 300, 8192 } do
      assert.equal("300\ttrue", fixture.child("finalized_lines", size):line())
    end
  end)

  it("does not wait for lines that came while a finalizer took one", function()
    assert.equal("begun first\tsecond", fixture.child("finalized_wait"):line())
  end)

  it("shared by tasks loses nothing to the one that is slow", function()
    local function turns(count)
      for _ = 1, count do loop.sleep(0) end
    end
    for delay = 0, 12 do
      local f, peer = files.open("rb", 16)
      local next_line, got = f:lines(), {}
      local function work()
        for line in next_line do
          got[#got + 1] = line
          turns(line == "b1" and delay or 0)
        end
      end
      loop.run(function()
        local tasks = { loop.spawn(work), loop.spawn(work) }
        turns(2) -- both wait
        for _, piece in ipairs { "a1\na2\na3\n", "b1\nb2\nb3\n", "c1\nc2\nc3\n", "d1\nd2\nd3\n" } do
          peer:sendall(piece)
          turns(4)
        end
        peer:close()
        for _, t in ipairs(tasks) do t:join() end
      end)
      table.sort(got)
      assert.equal("a1 a2 a3 b1 b2 b3 c1 c2 c3 d1 d2 d3", table.concat(got, " "))
    end
  end)

  it("may be left by an error at any place, and the file goes on", function()
    local at, interrupted = 0, true
    while interrupted do
      at, interrupted = at + 1, false
      local f, peer, _, next_line = drained("rb")
      peer:sendall("one\ntwo\n")
      local count = 0
      local co = coroutine.create(function()
        for _ = 1, 2 do next_line() end
      end)
      debug.sethook(co, function()
        count = count + 1
        interrupted = count == at
        if interrupted then error("interrupted", 0) end
      end, "", 1)
      coroutine.resume(co)
      peer:sendall("three\nfour")
      peer:close()
      f:readline()
      local got
      for line in next_line do got = line end
      assert.equal("four", got)
    end
    assert.is_true(at > 5)
  end)
end)
