local files = require "spec.file.fixture"
local fixture = require "spec.fixture"
local socket = require "pysocket"

local open <const> = files.open
local raises <const>, refuses <const> = fixture.raises, fixture.refuses

describe("makefile's arguments", function()
  for _, case in ipairs({
    { "r", true, false },
    { "w", false, true },
    { "rw", true, true },
    { "wr", true, true },
    { "rb", true, false },
    { "wb", false, true },
    { "rwb", true, true },
    { "bwr", true, true },
    { "rrbb", true, false },
    { "b", true, false },
    { "", true, false },
    { nil, true, false },
  }) do
    local mode, reads, writes = case[1], case[2], case[3]
    it(("open what the mode %s says"):format(mode and ("'%s'"):format(mode)), function()
      local f = open(mode)
      assert.equal(reads, f:readable())
      assert.equal(writes, f:writable())
    end)
  end

  for _, mode in ipairs({ "x", "a", "r+", "rt", "rU", "rb " }) do
    it(("refuse the mode '%s'"):format(mode), function()
      local a = fixture.pair()
      local message = "bad argument #1 to 'makefile' (invalid mode '%s'"
      refuses(message:format(mode), a.makefile, a, mode)
    end)
  end

  it("may be given by name", function()
    local f = open({ mode = "rwb", buffering = 0 })
    assert.is_true(socket.isinstance(f, socket.SocketIO))
    assert.equal("rwb", f.mode)
  end)

  it("may be given by name after some by position", function()
    local f = open("wb", { buffering = 0 })
    assert.is_true(socket.isinstance(f, socket.SocketIO))
  end)

  for _, case in ipairs({
    { "#1 to 'makefile' (mode must be a string, got number)", 7 },
    { "#1 to 'makefile' (unknown option 'bufsize')", { bufsize = 1 } },
    { "#2 to 'makefile' (unknown option 'bufsize')", "r", { bufsize = 1 } },
    { "#3 to 'makefile' (unknown option 'bufsize')", "r", nil, { bufsize = 1 } },
    { "#2 to 'makefile' (option 'mode' is given by position too)", "r", { mode = "w" } },
    { "#2 to 'makefile' (buffering must be an integer, got string)", "rb", "1" },
    { "#2 to 'makefile' (buffering must be an integer, got 1.5)", "rb", 1.5 },
    { "#2 to 'makefile' (unbuffered streams must be binary)", "r", 0 },
    { "#3 to 'makefile' (options must be a table, got string)", "r", nil, "utf-8" },
    { "#3 to 'makefile' (unknown encoding 'utf-16')", "r", { encoding = "utf-16" } },
    { "#3 to 'makefile' (unknown encoding 8)", "r", { encoding = 8 } },
    { "#3 to 'makefile' (unknown errors 'lax')", "r", { encoding = "utf-8", errors = "lax" } },
    { "#3 to 'makefile' (illegal newline value 'x')", "r", { newline = "x" } },
    { "#3 to 'makefile' (limit must be a positive integer, got 0)", { limit = 0 } },
    { "#3 to 'makefile' (limit must be a positive integer, got string)", { limit = "9" } },
  }) do
    it("are refused with: " .. case[1], function()
      local a = fixture.pair()
      refuses("bad argument " .. case[1], a.makefile, a, table.unpack(case, 2, 4))
    end)
  end

  it("ignore what is for text in a binary file", function()
    local f, peer = open("rb", { encoding = "klingon", errors = "none", newline = "x" })
    peer:sendall("\xFF\r\n")
    assert.equal("\xFF\r\n", f:readline())
  end)

  it("leave the socket alone when they are refused", function()
    local a = fixture.pair()
    pcall(a.makefile, a, "r", { newline = "x" })
    a:close()
    assert.equal(-1, a:fileno())
  end)
end)

describe("a raw file", function()
  it("is what no buffering gives, and SocketIO", function()
    local a = fixture.pair()
    local f <close> = a:makefile("rwb", 0)
    local g <close> = socket.SocketIO(a, "rw")
    assert.is_true(socket.isinstance(f, socket.SocketIO))
    assert.is_true(socket.isinstance(g, socket.SocketIO))
    assert.equal("rwb", f.mode)
    assert.equal("rwb", g.mode)
  end)

  it("refuses an invalid mode", function()
    local a = fixture.pair()
    refuses("bad argument #2 to 'SocketIO' (invalid mode 'a'", socket.SocketIO, a, "a")
    refuses("bad argument #2 to 'SocketIO' (mode must be a string, got nil)", socket.SocketIO, a)
  end)

  it("keeps its socket open", function()
    local a = fixture.pair()
    local f = socket.SocketIO(a, "r")
    a:close()
    assert.is_true(f:fileno() >= 0)
    f:close()
    assert.equal(-1, a:fileno())
    assert.equal("rb", f.mode)
  end)

  it("reads what comes at once", function()
    local f, peer = open("rb", 0)
    peer:sendall("abc")
    assert.equal("ab", f:read(2))
    assert.equal("c", f:read(100))
    peer:close()
    assert.is_nil(f:read(100))
  end)

  it("reads no more than it gives out", function()
    local a, b = fixture.pair()
    b:sendall("first\nsecond\nthird\n1234rest")
    local f <close> = a:makefile("rb", 0)
    assert.equal("first", f:read("l"))
    local g <close> = a:makefile("rb", 0)
    assert.equal("second\n", g:readline())
    assert.equal("third", f:lines()())
    assert.equal("1234", g:read(4))
    assert.equal("rest", a:recv(100))
  end)

  it("reads into a buffer what comes at once", function()
    local f, peer = open("rb", 0)
    local buffer = socket.bytearray(8)
    peer:sendall("abc")
    assert.equal(3, f:readinto(buffer))
    assert.equal("abc", buffer:sub(1, 3))
    peer:close()
    assert.equal(0, f:readinto(buffer))
  end)

  it("goes on with a line after a timeout", function()
    local f, peer, s = open("rb", 0)
    s:settimeout(0.001)
    peer:sendall("ab")
    raises(socket.timeout, f.readline, f)
    s:settimeout(5)
    peer:sendall("c\n")
    assert.equal("abc\n", f:readline())
  end)

  it("gives what has come of a line to any read", function()
    local f, peer, s = open("rb", 0)
    s:setblocking(false)
    peer:sendall("abc")
    f:read("l")
    local buffer = socket.bytearray(2)
    assert.equal(2, f:readinto(buffer))
    assert.equal("ab", tostring(buffer))
    assert.equal("c", f:read(9))
  end)

  it("writes once and tells how much", function()
    local f, peer = open("wb", 0)
    assert.equal(5, f:write("ab", 1, socket.bytearray("cd")))
    assert.equal("ab1cd", peer:recv(10))
  end)

  it("writes all lines", function()
    local f, peer = open("wb", 0)
    f:writelines({ "a\n", "b\n" })
    assert.equal("a\nb\n", peer:recv(10))
  end)

  it("writes nothing before the lines that could not be sent", function()
    local f, peer, s = open("wb", 0)
    s:setblocking(false)
    local text = ("x"):rep(1024 * 1024)
    fixture.raises(socket.BlockingIOError, f.writelines, f, { text })
    assert.is_nil((f:write("y")))
    local got = {}
    repeat got[#got + 1] = files.arrived(peer) until f:write("y")
    got[#got + 1] = files.arrived(peer)
    assert.is_true(text .. "y" == table.concat(got))
  end)

  it("gives nil and the error where it would block", function()
    local f, _, s = open("rwb", 0)
    s:setblocking(false)
    for _, results in ipairs({
      table.pack(f:read(1)),
      table.pack(f:readinto(socket.bytearray(1))),
      table.pack(f:readall()),
      table.pack(f:readline()),
      table.pack(f:read("l")),
    }) do
      assert.is_nil(results[1])
      assert.is_true(socket.isinstance(results[2], socket.BlockingIOError))
    end
    fixture.fill_by(f.write, f, "x")
    local count, err = f:write("x")
    assert.is_nil(count)
    assert.is_true(socket.isinstance(err, socket.BlockingIOError))
  end)

  it("reads all that comes", function()
    local f, peer = open("rb", 0)
    peer:sendall(("x"):rep(1000))
    peer:close()
    assert.equal(1000, #f:readall())
    assert.equal("", f:readall())
  end)

  for _, case in ipairs({ { "peek" }, { "read", "n" }, { "setvbuf", "full" } }) do
    it(("has no buffer for %s(%s)"):format(case[1], case[2] or ""), function()
      local f, peer = open("rwb", 0)
      peer:sendall("1")
      raises(socket.UnsupportedOperation, f[case[1]], f, case[2])
      assert.equal("1", f:read(1))
    end)
  end

  it("cannot do what it was not opened for", function()
    local a = fixture.pair()
    local r <close> = a:makefile("rb", 0)
    local w <close> = a:makefile("wb", 0)
    raises(socket.UnsupportedOperation, r.write, r, "x")
    raises(socket.UnsupportedOperation, w.read, w, 1)
    raises(socket.UnsupportedOperation, w.readinto, w, socket.bytearray(1))
  end)
end)
