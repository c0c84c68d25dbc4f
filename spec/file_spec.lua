local fixture = require "spec.fixture"
local socket = require "pysocket"

local raises <const>, refuses <const> = fixture.raises, fixture.refuses

-- a file of one end of a pair, closed at the end of the test, and the two ends
local function open(...)
  local a, b = fixture.pair()
  return fixture.keep(a:makefile(...)), b, a
end

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
      refuses(("bad argument #1 to 'makefile' (invalid mode '%s'"):format(mode), a.makefile, a, mode)
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
    { "#2 to 'makefile' (unknown encoding 'utf-16')", "r", { encoding = "utf-16" } },
    { "#2 to 'makefile' (unknown encoding number)", "r", { encoding = 8 } },
    { "#2 to 'makefile' (unknown errors 'lax')", "r", { encoding = "utf-8", errors = "lax" } },
    { "#2 to 'makefile' (illegal newline value 'x')", "r", { newline = "x" } },
    { "#1 to 'makefile' (limit must be a positive integer, got 0)", { limit = 0 } },
    { "#1 to 'makefile' (limit must be a positive integer, got string)", { limit = "9" } },
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
    local before = #fixture.descriptors()
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

describe("a file that is collected", function()
  it("sends nothing, does not wait, and warns of bytes that were not sent", function()
    local child = fixture.child("unclosed_file")
    assert.equal("nothing arrived", child:line())
    assert.equal(0, child:wait())
    assert.matches("unclosed file <SocketFile fd=%d+, mode='wb', unsent=3>: 3 unsent bytes", child:errors())
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
    for line in f:lines() do
      assert.equal("third", line)
      break
    end
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
    peer:sendall("c\n")
    assert.equal("abc\n", f:readline())
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
    while f:write(("x"):rep(4096)) do end
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
