local files = require "spec.file.fixture"
local fixture = require "spec.fixture"
local socket = require "pysocket"

local open <const> = files.open
local holding <const> = files.holding
local raises <const>, refuses <const> = fixture.raises, fixture.refuses

-- the sequence of what an iterator gives
local function all(iterator)
  local values = {}
  for value in iterator do
    values[#values + 1] = value
  end
  return values
end

describe("read", function()
  for _, case in ipairs({
    { "a line without its end", "ab\ncd", {}, { "ab" } },
    { "a line for 'l'", "ab\ncd", { "l" }, { "ab" } },
    { "a line for '*l'", "ab\ncd", { "*l" }, { "ab" } },
    { "a line with its end for 'L'", "ab\ncd", { "L" }, { "ab\n" } },
    { "an empty line", "\ncd", { "l", "L" }, { "", "cd" } },
    { "an unfinished line at the end", "ab", { "L" }, { "ab" } },
    { "carriage returns as they are", "ab\r\ncd", { "l" }, { "ab\r" } },
    { "all for 'a'", "ab\ncd", { "a" }, { "ab\ncd" } },
    { "nothing for 'a' at the end", "", { "a" }, { "" } },
    { "bytes by their number", "abcdef", { 2, 3 }, { "ab", "cde" } },
    { "bytes by a number that is a float", "abcdef", { 2.0 }, { "ab" } },
    { "fewer bytes at the end", "abc", { 5 }, { "abc" } },
    { "any bytes", "\0\xFF\n\0", { 4 }, { "\0\xFF\n\0" } },
    { "nothing for 0 while there is something", "a", { 0, 1 }, { "", "a" } },
    { "nil for 0 at the end", "", { 0 }, { nil, n = 1 } },
    { "nil for a number at the end", "", { 1 }, { nil, n = 1 } },
    { "nil for a line at the end", "", { "l" }, { nil, n = 1 } },
    { "several things", "12 x\nab\nz", { "n", "l", 1, "L", "a" }, { 12, " x", "a", "b\n", "z" } },
    { "nothing after the first nil", "ab\n", { "l", "l", "l" }, { "ab", nil, n = 2 } },
  }) do
    it("gives " .. case[1], function()
      local expected = case[4]
      local results = table.pack(holding(case[2]):read(table.unpack(case[3])))
      assert.equal(expected.n or #expected, results.n)
      results.n, expected.n = nil, nil
      assert.same(expected, results)
    end)
  end

  for _, case in ipairs({
    { "7", 7, "" },
    { " \n\t-12,", -12, "," },
    { "+3", 3, "" },
    { "3.25e2x", 325.0, "x" },
    { "0x1Fg", 31, "g" },
    { "0x.8p1 ", 1.0, " " },
    { "00012a", 12, "a" },
    { "1e+", nil, "" },
    { "0x", nil, "" },
    { "-x", nil, "x" },
    { "abc", nil, "abc" },
    { "", nil, "" },
    { ("1"):rep(201), nil, "1" },
  }) do
    it(("gives the number in '%s', as Lua's files do"):format(case[1]), function()
      local f = holding(case[1])
      assert.equal(case[2], f:read("n"))
      assert.equal(case[3], f:read("a"))
      local copy <close> = assert(io.tmpfile())
      copy:write(case[1])
      copy:seek("set")
      assert.equal(case[2], copy:read("n"))
      assert.equal(case[3], copy:read("a"))
    end)
  end

  it("gives the numbers of a locale that has a comma for the point, as Lua's files do", function()
    fixture.need_command("localedef")
    fixture.need_glibc("its locales have no other decimal point")
    local folder = fixture.path()
    os.execute("mkdir " .. folder)
    fixture.defer(os.execute, "rm -r " .. folder)
    local order = string.pack("=I2", 1) == "\0\1" and "big" or "little" -- the command may be another processor's
    local command <const> = "localedef --%s-endian -i de_DE -f UTF-8 %s/de_DE.UTF-8 2>/dev/null"
    if not os.execute(command:format(order, folder)) then
      fixture.lacking("there are no sources of locales")
    end
    local words = fixture.role("decimal_comma", "de_DE.UTF-8", "1 -2,5 0x1F 3.25e1 7,\n")
    table.move({ "env", "LOCPATH=" .. folder }, 1, 2, 1, table.move(words, 1, #words, 3))
    local child = fixture.command(words)
    assert.equal("1,000 -2,500 31,000 32,500 7,000", child:line(), child:errors())
    assert.equal("1,000 -2,500 31,000 32,500 7,000", child:line())
  end)

  for _, format in ipairs({ "x", "", -1, 1.5, true }) do
    it(("refuses the format %s"):format(format), function()
      local f = open("rb")
      refuses("bad argument #1 to 'read' (invalid format '" .. tostring(format), f.read, f, format)
    end)
  end

  it("waits for as many bytes as it was asked for", function()
    local f, peer, s = open("rb")
    s:settimeout(0.001)
    peer:sendall("abc")
    raises(socket.timeout, f.read, f, 4)
    peer:sendall("d")
    assert.equal("abcd", f:read(4))
  end)

  it("gives more than a buffer holds", function()
    local f = holding(("0123456789"):rep(5000), 16)
    assert.equal(("0123456789"):rep(3), f:read(30))
    assert.equal(49970, #f:read("a"))
  end)

  it("gives every byte once, in order, however it is asked", function()
    local text = {}
    for i = 1, 3000 do text[i] = ("%d%s"):format(i, i % 7 == 0 and "\n" or " ") end
    text = table.concat(text)
    local f = holding(text, 64)
    local got = {}
    local formats = { "L", 1, 100, "L", 63, 64, 65 }
    repeat
      local piece = f:read(formats[#got % #formats + 1])
      got[#got + 1] = piece
    until not piece
    assert.equal(text, table.concat(got))
  end)

  it("after the end finds the end again", function()
    local f = holding("ab")
    assert.equal("ab", f:read())
    assert.is_nil(f:read())
    assert.equal("", f:readline())
    assert.equal("", f:read("a"))
  end)
end)

describe("lines", function()
  it("gives the lines without their ends", function()
    assert.same({ "a", "", "b", "c" }, all(holding("a\n\nb\nc"):lines()))
  end)

  it("gives what it is asked for", function()
    assert.same({ "a\n", "b" }, all(holding("a\nb"):lines("L")))
    assert.same({ "abc", "de" }, all(holding("abcde"):lines(3)))
    assert.same({ 1, 2 }, all(holding("1x2x"):lines("n", 1)))
  end)

  it("leaves what follows to other reads", function()
    local f = holding("a\nb\nc\n")
    assert.equal("a", f:lines()())
    assert.equal("b", f:read())
    assert.equal("c", f:lines()())
  end)

  it("can be mixed with other reads", function()
    local f = holding("3\nabc2\nde1\nf")
    local values = {}
    for count in f:lines() do
      values[#values + 1] = f:read(tonumber(count))
    end
    assert.same({ "abc", "de", "f" }, values)
  end)

  it("goes on after a timeout", function()
    local f, peer, s = open("rb")
    s:settimeout(0.001)
    local iterator = f:lines()
    peer:sendall("a\nb")
    assert.equal("a", iterator())
    raises(socket.timeout, iterator)
    peer:sendall("c\n")
    assert.equal("bc", iterator())
  end)

  it("leaves the file open at the end", function()
    local f = holding("a\n")
    all(f:lines())
    assert.is_false(f.closed)
  end)
end)

describe("readline", function()
  it("gives a line with its end, and at the end of the stream nothing", function()
    local f = holding("ab\ncd")
    assert.equal("ab\n", f:readline())
    assert.equal("cd", f:readline())
    assert.equal("", f:readline())
  end)

  for _, case in ipairs({
    { 0, { "", "" } },
    { 1, { "a", "b" } },
    { 2, { "ab", "\n" } },
    { 3, { "ab\n", "cde" } },
    { 100, { "ab\n", "cdef\n" } },
    { -1, { "ab\n", "cdef\n" } },
  }) do
    it(("gives at most %d bytes of it"):format(case[1]), function()
      local f = holding("ab\ncdef\n")
      assert.same(case[2], { f:readline(case[1]), f:readline(case[1]) })
    end)
  end

  it("gives as many bytes as it was asked for without waiting for more", function()
    local f, peer = open("rb")
    peer:sendall("abc")
    assert.equal("abc", f:readline(3))
  end)

  it("refuses a size that is no integer", function()
    local f = open("rb")
    refuses("#1 to 'readline' (size must be an integer, got string)", f.readline, f, "1")
  end)
end)

describe("readlines", function()
  it("gives all lines with their ends", function()
    assert.same({ "a\n", "\n", "b" }, holding("a\n\nb"):readlines())
    assert.same({}, holding(""):readlines())
  end)

  it("stops when there are enough bytes", function()
    local f = holding("ab\ncd\nef\n")
    assert.same({ "ab\n", "cd\n" }, f:readlines(4))
    assert.same({ "ef\n" }, f:readlines(0))
  end)

  it("goes on where there are just as many bytes as hinted", function()
    assert.same({ "ab\n", "cd\n" }, holding("ab\ncd\nef\n"):readlines(3))
  end)

  it("loses no line to a timeout", function()
    local f, peer, s = open("rb", 4)
    s:settimeout(0.001)
    peer:sendall("ab\ncdefgh\ni")
    raises(socket.timeout, f.readlines, f)
    peer:close()
    assert.same({ "ab\n", "cdefgh\n", "i" }, f:readlines())
  end)
end)

describe("readinto", function()
  it("fills a buffer", function()
    local f = holding("abcdef", 2)
    local buffer = socket.bytearray(4)
    assert.equal(4, f:readinto(buffer))
    assert.equal("abcd", tostring(buffer))
    assert.equal(2, f:readinto(buffer))
    assert.equal("efcd", tostring(buffer))
    assert.equal(0, f:readinto(buffer))
  end)

  it("fills a view", function()
    local f = holding("abc")
    local buffer = socket.bytearray("123456")
    assert.equal(2, f:readinto(buffer:view(3, 4)))
    assert.equal("12ab56", tostring(buffer))
  end)

  it("takes nothing for an empty buffer", function()
    local f = open("rb")
    assert.equal(0, f:readinto(socket.bytearray(0)))
  end)

  it("refuses what is no buffer", function()
    local f = holding("abc")
    refuses("#1 to 'readinto' (buffer must be a bytearray, got string)", f.readinto, f, "x")
    assert.equal("abc", f:read("a"))
  end)

  it("keeps what has come when the rest does not", function()
    local f, peer, s = open("rb")
    s:settimeout(0.001)
    peer:sendall("abc")
    raises(socket.timeout, f.readinto, f, socket.bytearray(4))
    assert.equal("abc", f:read(3))
  end)
end)

describe("read1", function()
  it("gives what is there", function()
    local f, peer = open("rb")
    peer:sendall("abc")
    assert.equal("ab", f:read1(2))
    assert.equal("c", f:read1())
    peer:close()
    assert.equal("", f:read1())
    assert.equal("", f:read1(0))
  end)
end)

describe("peek", function()
  it("gives what is there, and it stays", function()
    local f, peer = open("rb")
    peer:sendall("abc")
    assert.equal("ab", f:peek(2))
    assert.equal("abc", f:peek())
    assert.equal("abc", f:read(3))
    peer:close()
    assert.equal("", f:peek())
  end)
end)

describe("pending", function()
  it("tells how many bytes the file holds that the socket does not", function()
    local f, peer = open("rb")
    peer:sendall("a\nbcd")
    assert.equal(0, f:pending())
    f:read()
    assert.equal(3, f:pending())
    f:read(2)
    assert.equal(1, f:pending())
  end)

  it("is 0 of a file that is only written", function()
    local f = open("wb")
    assert.equal(0, f:pending())
  end)
end)

describe("readexactly", function()
  it("gives so many bytes", function()
    local f = holding("abcdef", 2)
    assert.equal("abcd", f:readexactly(4))
    assert.equal("", f:readexactly(0))
    assert.equal("ef", f:readexactly(2))
  end)

  it("raises at an end that comes too early, and the error has what came", function()
    local f = holding("abc")
    local err = raises(socket.IncompleteReadError, f.readexactly, f, 4)
    assert.same({ "abc", 4 }, { err.partial, err.expected })
    assert.same({ "", 1 }, { raises(socket.IncompleteReadError, f.readexactly, f, 1).partial, 1 })
  end)

  it("keeps what has come where it times out or would block", function()
    local f, peer, s = open("rb")
    peer:sendall("abc")
    s:settimeout(0.001)
    raises(socket.timeout, f.readexactly, f, 4)
    s:setblocking(false)
    local data, err = f:readexactly(4)
    assert.is_nil(data)
    assert.is_true(socket.isinstance(err, socket.BlockingIOError))
    peer:sendall("d")
    assert.equal("abcd", f:readexactly(4))
  end)

  it("refuses what is no number of bytes", function()
    local f = open("rb")
    refuses("#1 to 'readexactly' (n must be", f.readexactly, f, -1)
    refuses("#1 to 'readexactly' (n must be", f.readexactly, f)
  end)
end)

describe("readuntil", function()
  it("gives all up to a delimiter, and that", function()
    local f = holding("a--b;--;c", 2)
    assert.equal("a--", f:readuntil("--"))
    assert.equal("b;--;", f:readuntil("--;"))
    assert.equal("c", f:read("a"))
  end)

  for _, size in ipairs { 2, 3, 64 } do
    it("finds a delimiter that comes in pieces, with a buffer of " .. size, function()
      local f, peer, s = open("rb", size)
      s:setblocking(false)
      for byte in ("ab\r\n\r\r\n\r"):gmatch("(.)") do
        peer:sendall(byte)
        assert.is_nil((f:readuntil("\r\n\r\n")))
      end
      peer:sendall("\nrest")
      assert.equal("ab\r\n\r\r\n\r\n", f:readuntil("\r\n\r\n"))
    end)
  end

  it("finds a delimiter of any length that comes in pieces", function()
    local f, peer, s = open("rb")
    local long = ("-"):rep(100000) .. ";"
    s:setblocking(false)
    peer:sendall("a" .. long:sub(1, 50000))
    assert.is_nil((f:readuntil(long)))
    assert.is_nil((f:readuntil(long)))
    peer:sendall(long:sub(50001))
    assert.equal("a" .. long, f:readuntil(long))
  end)

  it("looks for another delimiter, and for lines, from the beginning", function()
    local f, peer, s = open("rb")
    s:setblocking(false)
    peer:sendall("a;b\nc")
    assert.is_nil((f:readuntil("--")))
    assert.is_nil((f:readuntil("||")))
    assert.equal("a;", f:readuntil(";"))
    assert.is_nil((f:readuntil("-")))
    assert.equal("b", f:read("l"))
  end)

  it("raises at an end that comes before, and the error has what came", function()
    local f = holding("abc")
    local err = raises(socket.IncompleteReadError, f.readuntil, f, ";")
    assert.same({ "abc", nil }, { err.partial, err.expected })
    assert.equal("", f:read("a"))
  end)

  it("keeps the limit of lines, and what is longer", function()
    local f, peer = open("rb", { limit = 5 })
    peer:sendall("12345--123456--")
    assert.equal("12345--", f:readuntil("--"))
    raises(socket.LimitOverrunError, f.readuntil, f, "--")
    assert.equal("123456--", f:read(8))
    peer:sendall("1234567")
    raises(socket.LimitOverrunError, f.readuntil, f, "--")
  end)

  it("refuses what is no delimiter", function()
    local f = open("rb")
    refuses("#1 to 'readuntil' (delimiter must not be empty", f.readuntil, f, "")
    refuses("#1 to 'readuntil' (delimiter must be a string, got number", f.readuntil, f, 1)
  end)
end)
