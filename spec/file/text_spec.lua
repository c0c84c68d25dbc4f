local fixture = require "spec.fixture"
local socket = require "pysocket"

-- what can be read, in that format, when the pieces arrive one after the other, then nothing more
local function read_in_pieces(pieces, options, format)
  local a, b = fixture.pair()
  a:setblocking(false)
  local f <close> = a:makefile("r", options)
  local values = {}
  local function read()
    for value in socket.protect(f.lines)(f, format) do
      values[#values + 1] = value
    end
  end
  for _, piece in ipairs(pieces) do
    b:sendall(piece)
    pcall(read)
  end
  b:close()
  read()
  return values
end

local function shown(pieces)
  local quoted = {}
  for i, piece in ipairs(pieces) do
    quoted[i] = ("%q"):format(piece):gsub("\\\n", "\\n"):gsub("\\13", "\\r")
  end
  return table.concat(quoted, ", ")
end

describe("text", function()
  for _, case in ipairs({
    { nil, { "a\nb\n" }, { "a\n", "b\n" } },
    { nil, { "a\r\nb\r\n" }, { "a\n", "b\n" } },
    { nil, { "a\rb\r" }, { "a\n", "b\n" } },
    { nil, { "a\n\rb\r\n\r\r\n" }, { "a\n", "\n", "b\n", "\n", "\n" } },
    { nil, { "a\r", "\nb\r", "c\r", "\r", "\n" }, { "a\n", "b\n", "c\n", "\n" } },
    { nil, { "a", "b\r", "\n", "\nc" }, { "ab\n", "\n", "c" } },
    { "", { "a\nb\r\nc\rd" }, { "a\n", "b\r\n", "c\r", "d" } },
    { "", { "a\r", "\nb\r", "c\r" }, { "a\r\n", "b\r", "c\r" } },
    { "", { "\r\r", "\n", "\n" }, { "\r", "\r\n", "\n" } },
    { "\n", { "a\nb\r\nc\rd" }, { "a\n", "b\r\n", "c\rd" } },
    { "\r", { "a\nb\r\nc\rd" }, { "a\nb\r", "\nc\r", "d" } },
    { "\r\n", { "a\nb\r\nc\rd" }, { "a\nb\r\n", "c\rd" } },
    { "\r\n", { "a\r", "\nb\r", "c\r", "\r", "\n", "\n" }, { "a\r\n", "b\rc\r\r\n", "\n" } },
  }) do
    local newline, pieces, lines = case[1], case[2], case[3]
    local title = ("of %s has the lines that newline = %s makes"):format(
      shown(pieces),
      newline and shown({ newline })
    )
    it(title, function()
      assert.same(lines, read_in_pieces(pieces, { newline = newline }, "L"))
    end)

    it(title .. ", with a buffer of 2 bytes", function()
      assert.same(lines, read_in_pieces(pieces, { newline = newline, buffering = 2 }, "L"))
    end)
  end

  for _, case in ipairs({
    { nil, "a\r\nb\rc\nd", { "a", "b", "c", "d" } },
    { "", "a\r\nb\rc\nd\r", { "a", "b", "c", "d" } },
    { "\r\n", "a\r\nb\rc\nd", { "a", "b\rc\nd" } },
    { "\r", "a\r\nb", { "a", "\nb" } },
  }) do
    it(("gives lines without their ends, of %s"):format(shown({ case[2] })), function()
      assert.same(case[3], read_in_pieces({ case[2] }, { newline = case[1] }, "l"))
    end)
  end

  it("ends a line at '\\r' without waiting for what follows", function()
    local a, b = fixture.pair()
    local f <close> = a:makefile("r")
    b:sendall("a\r")
    assert.equal("a", f:read())
    b:sendall("\nb\n")
    assert.equal("b", f:read())
  end)

  it("of newline = '' ends a line at '\\r' when it is known what follows", function()
    local a, b = fixture.pair()
    a:setblocking(false)
    local f <close> = a:makefile("r", { newline = "" })
    b:sendall("a\r")
    assert.is_nil((f:read("L")))
    b:sendall("b")
    assert.equal("a\r", f:read("L"))
  end)

  it("counts bytes after newlines were translated", function()
    local a, b = fixture.pair()
    local f <close> = a:makefile("r")
    b:sendall("a\r\nb\r\nc")
    assert.equal("a\nb\n", f:read(4))
  end)

  it("of newline = '\\r\\n' gives a '\\r' that was asked for by its number", function()
    local a, b = fixture.pair()
    local f <close> = a:makefile("r", { newline = "\r\n" })
    b:sendall("ab\r")
    assert.equal("ab\r", f:read(3))
  end)

  it("passes any bytes when no encoding is given", function()
    assert.same({ "\0\xFF\xC0\x80" }, read_in_pieces({ "\0\xFF\xC0\x80" }, {}, 10))
  end)
end)

describe("an encoding", function()
  for _, case in ipairs({
    { "utf-8", { "a\u{E9}\u{20AC}\u{10FFFF}z" } },
    { "utf-8", { "\u{E9}" } },
    { "UTF_8", { "\xC3", "\xA9" } },
    { "utf8", { "\xE2", "\x82", "\xAC" } },
    { "utf-8", { "\xF0\x9F", "\x98\x80" } },
    { "utf-8", { "\xED", "\x9F\xBF" } },
    { "utf-8", { "\xE0", "\xA0\x80" } },
    { "utf-8", { "\xF4", "\x8F\xBF\xBF" } },
    { "ascii", { "abc\0\x7F" } },
    { "latin-1", { "\x80\xFF" } },
    { "latin1", { "\x80\xFF" } },
  }) do
    it(("of %s accepts %s"):format(case[1], shown(case[2])), function()
      local got = read_in_pieces(case[2], { encoding = case[1] }, 1)
      assert.equal(table.concat(case[2]), table.concat(got))
    end)
  end

  for _, case in ipairs({
    { "utf-8", "a\xFFb", "a\u{FFFD}b", "ab" },
    { "utf-8", "\x80\x80", "\u{FFFD}\u{FFFD}", "" },
    { "utf-8", "\xC0\x80", "\u{FFFD}\u{FFFD}", "" },
    { "utf-8", "\xE2\x82", "\u{FFFD}", "" },
    { "utf-8", "\xE2\x82a", "\u{FFFD}a", "a" },
    { "utf-8", "\xED\xA0\x80", "\u{FFFD}\u{FFFD}\u{FFFD}", "" },
    { "utf-8", "\xF4\x90\x80\x80", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", "" },
    { "utf-8", "\xF0\x9F\x98", "\u{FFFD}", "" },
    { "utf-8", "\xC3\xC3\xA9", "\u{FFFD}\u{E9}", "\u{E9}" },
    { "ascii", "a\xE9b", "a\u{FFFD}b", "ab" },
  }) do
    local encoding, text, replaced, left = table.unpack(case)
    it(("of %s replaces what is wrong in %s"):format(encoding, shown({ text })), function()
      local options = { encoding = encoding, errors = "replace" }
      assert.equal(replaced, table.concat(read_in_pieces({ text }, options, 1)))
    end)

    it(("of %s ignores what is wrong in %s"):format(encoding, shown({ text })), function()
      local options = { encoding = encoding, errors = "ignore" }
      assert.equal(left, table.concat(read_in_pieces({ text }, options, 1)))
    end)

    it(("of %s raises for what is wrong in %s"):format(encoding, shown({ text })), function()
      local a, b = fixture.pair()
      local f <close> = a:makefile("r", { encoding = encoding })
      b:sendall(text)
      b:close()
      local err = fixture.raises(socket.UnicodeDecodeError, f.read, f, "a")
      assert.is_true(socket.isinstance(err, socket.error))
      local message = ("'%s' codec can't decode byte 0x"):format(encoding)
      assert.equal(message, err.strerror:sub(1, #message))
    end)
  end

  it("gives what stands before a mistake, and then raises without waiting", function()
    local a, b = fixture.pair()
    local f <close> = a:makefile("r", { encoding = "utf-8" })
    b:sendall("ab\ncd\xFFef\n")
    assert.equal("ab", f:read())
    fixture.raises(socket.UnicodeDecodeError, f.read, f)
    assert.equal("cd", f:read(2))
    fixture.raises(socket.UnicodeDecodeError, f.read, f)
  end)

  it("translates newlines also where more stands in the place of mistakes than has come", function()
    local a, b = fixture.pair()
    local f <close> = a:makefile("r", { encoding = "utf-8", errors = "replace" })
    b:sendall("\xFF\r\n\xFF\r\n\xFF")
    assert.equal("\u{FFFD}", f:read1(3))
    b:sendall("\xFF\xFF\u{E9}")
    assert.equal("\n", f:readline(1))
    b:close()
    assert.equal("\u{FFFD}\n\u{FFFD}\u{FFFD}\u{FFFD}\u{E9}", f:read("a"))
  end)

  it("copes with a stream of mistakes", function()
    local a, b = fixture.pair()
    local f <close> = a:makefile("r", { encoding = "utf-8", errors = "ignore" })
    b:sendall(("\xFF"):rep(50000) .. "a")
    assert.equal("a", f:read(1))
  end)
end)
