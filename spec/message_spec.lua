local fixture = require "spec.fixture"
local machine = require "spec.machine"
local socket = require "pysocket"
local bytearray = socket.bytearray

local AF_UNIX <const>, AF_INET6 <const> = socket.AF_UNIX, socket.AF_INET6
local SOCK_DGRAM <const>, SOL_SOCKET <const> = socket.SOCK_DGRAM, socket.SOL_SOCKET
local SCM_RIGHTS <const>, MSG_CTRUNC <const> = socket.SCM_RIGHTS or 1, socket.MSG_CTRUNC
local FD <const> = string.packsize("i")

local raises <const>, refuses <const> = fixture.raises, fixture.refuses

-- asserts that f(...) raises an OSError with that symbol
local function fails(name, f, ...)
  assert.equal(name, raises(socket.OSError, f, ...).name)
end

-- the item of ancillary data that carries descriptors
local function rights(...)
  return {SOL_SOCKET, SCM_RIGHTS, string.pack(("i"):rep(select("#", ...)), ...)}
end

-- the descriptors that an item carries; they are closed at the end
local function descriptors(item)
  local fds = {string.unpack(("i"):rep(#item.cmsg_data // FD), item.cmsg_data)}
  fds[#fds] = nil
  for _, fd in ipairs(fds) do fixture.defer(socket.close, fd) end
  return fds
end

-- two connected datagram sockets of which one has sent the other a message with so many descriptors
local function sent_descriptors(count)
  fixture.need_constant("SCM_RIGHTS")
  local a, b = fixture.pair(SOCK_DGRAM)
  local fds = {}
  for i = 1, count do fds[i] = a:fileno() end
  a:sendmsg({"x"}, {rights(table.unpack(fds))})
  return b, a
end

describe("sendmsg", function()
  it("sends its buffers as if they were one", function()
    local a, b = fixture.pair()
    local data = bytearray("<view>")
    assert.equal(10, a:sendmsg({"one", "", bytearray("\0two"), data:view(3, 5)}))
    assert.equal("one\0twoiew", b:recv(100))
  end)

  it("sends to an address", function()
    local a, b = fixture.udp(), fixture.udp()
    assert.equal(2, a:sendmsg({"h", "i"}, {}, 0, b:getsockname()))
    local data, sender = b:recvfrom(10)
    assert.equal("hi", data)
    assert.equal(a:getsockname(), sender)
  end)

  it("resolves the host of an address", function()
    local a, b = fixture.udp(), fixture.udp()
    a:sendmsg({"hi"}, {}, 0, {"localhost", b:getsockname().port})
    assert.equal("hi", b:recv(10))
  end)

  it("takes nil for what is absent", function()
    local a, b = fixture.udp(), fixture.udp()
    a:sendmsg({"hi"}, nil, nil, b:getsockname())
    assert.equal("hi", b:recv(10))
    a:connect(b:getsockname())
    assert.equal(2, a:sendmsg({"ho"}, nil, nil, nil))
  end)

  it("sends as much as fits", function()
    local a = fixture.pair()
    a:settimeout(0)
    local sent = a:sendmsg({("x"):rep(1 << 23), ("y"):rep(1 << 23)})
    if sent == 1 << 24 then fixture.lacking("the system takes all where it takes any") end
    assert.is_true(sent > 0 and sent < 1 << 24)
  end)

  it("raises BlockingIOError or a timeout when nothing fits", function()
    local a = fixture.pair()
    a:settimeout(0)
    fixture.fill_by(a.sendmsg, a, {("x"):rep(1 << 20)})
    raises(socket.BlockingIOError, a.sendmsg, a, {"x"})
    a:settimeout(0.01)
    raises(socket.timeout, a.sendmsg, a, {"x"})
  end)

  it("does not wait with MSG_DONTWAIT on a blocking socket", function()
    local a = fixture.pair()
    a:settimeout(nil)
    fixture.fill_by(a.sendmsg, a, {("x"):rep(1 << 20)}, {}, socket.MSG_DONTWAIT)
    raises(socket.BlockingIOError, a.sendmsg, a, {"x"}, {}, socket.MSG_DONTWAIT)
  end)

  it("raises BrokenPipeError when the peer is gone", function()
    fixture.need_unix() -- TCP learns of it by the answer to what is sent
    local a, b = fixture.pair()
    b:close()
    local err = raises(socket.BrokenPipeError, a.sendmsg, a, {"x"})
    assert.equal("sendmsg", err.call)
  end)

  it("raises EDESTADDRREQ without an address, or ENOTCONN", function()
    local s = fixture.udp()
    local err = raises(socket.OSError, s.sendmsg, s, {"x"})
    assert.truthy(err.name == "EDESTADDRREQ" or err.name == "ENOTCONN", err.name)
  end)

  it("raises EBADF for a closed socket", function()
    local s = fixture.udp()
    s:close()
    fails("EBADF", s.sendmsg, s, {"x"})
  end)

  it("raises EMSGSIZE for more buffers than the system takes", function()
    local a, b = fixture.pair()
    local buffers = {}
    for i = 1, 1 << 16 do buffers[i] = "x" end
    fails("EMSGSIZE", a.sendmsg, a, buffers)
    assert.equal(1024, a:sendmsg(table.move(buffers, 1, 1024, 1, {})))
    assert.equal(1024, #b:recv(2000))
  end)

  it("leaves to the system what an item of ancillary data means", function()
    fixture.need_constant("SCM_RIGHTS")
    local a = fixture.pair()
    fails("EINVAL", a.sendmsg, a, {"x"}, {{SOL_SOCKET, 0x7FFF, ""}})
    fails("EBADF", a.sendmsg, a, {"x"}, {rights(0x7FFF)})
  end)

  it("returns nil and the error when it is protected", function()
    local a = fixture.pair()
    local item = {SOL_SOCKET, SCM_RIGHTS, ("x"):rep(1 << 20)}
    local ancdata = {}
    for i = 1, 1 << 11 do ancdata[i] = item end
    local sendmsg = socket.protect(a.sendmsg)
    local n, err = sendmsg(a, {"x"}, ancdata)
    assert.is_nil(n)
    assert.equal("too much ancillary data", err.strerror)
    assert.is_nil(err.errno)
  end)

  for title, item in pairs({
    ["by position"] = {SOL_SOCKET, SCM_RIGHTS, string.pack("i", 0)},
    ["by name"] = {
      cmsg_level = SOL_SOCKET,
      cmsg_type = SCM_RIGHTS,
      cmsg_data = string.pack("i", 0),
    },
    ["from a bytearray"] = {SOL_SOCKET, SCM_RIGHTS, bytearray(string.pack("i", 0))},
    ["from a view"] = {SOL_SOCKET, SCM_RIGHTS, bytearray("...." .. string.pack("i", 0)):view(5)},
  }) do
    it("takes an item of ancillary data " .. title, function()
      fixture.need_constant("SCM_RIGHTS")
      local a, b = fixture.pair()
      a:sendmsg({"x"}, {item})
      local _, ancdata = b:recvmsg(10, 100)
      assert.equal(1, #descriptors(ancdata[1]))
    end)
  end

  it("sends several items of ancillary data", function()
    fixture.need_constant("SCM_RIGHTS")
    local a, b = fixture.pair()
    a:sendmsg({"x"}, {rights(0), rights(1, 2), rights()})
    local _, ancdata = b:recvmsg(10, 100)
    assert.equal(3, #descriptors(ancdata[1])) -- the system puts them together
  end)

  local function send(...)
    local a = fixture.pair()
    return a:sendmsg(...)
  end

  local function need_family(text)
    if text:find("AF_UNIX", 1, true) then fixture.need_unix() end
  end

  for _, case in ipairs({
    {"#1 to 'sendmsg' (buffers must be a table of buffers, got no value)"},
    {"#1 to 'sendmsg' (buffers must be a table of buffers, got string)", "text"},
    {"#1 to 'sendmsg' (buffers must be a table of buffers, got bytearray)", bytearray(1)},
    {"#1 to 'sendmsg' (buffers[2] must be a string or bytearray, got number)", {"x", 1}},
    {"#1 to 'sendmsg' (buffers[1] must be a string or bytearray, got FILE*)", {io.stdout}},
    {"#2 to 'sendmsg' (ancdata must be a table, got string)", {}, "text"},
    {"#3 to 'sendmsg' (flags must be an integer, got string)", {}, {}, "0"},
    {"#4 to 'sendmsg' (AF_UNIX address must be a string or bytearray, got table)", {}, {}, 0, {}},
  }) do
    it("refuses: " .. case[1], function()
      need_family(case[1])
      refuses("bad argument " .. case[1], send, table.unpack(case, 2, #case))
    end)
  end

  for _, case in ipairs({
    {" must be {level, type, data}, got boolean", true},
    {" must be {level, type, data}, got more elements", {1, 1, "", 4}},
    {": cmsg_level must be a C int, got nil", {}},
    {": cmsg_level must be a C int, got 1.5", {1.5, 1, ""}},
    {": cmsg_type must be a C int, got 2147483648", {1, 1 << 31, ""}},
    {": cmsg_type must be a C int, got '1'", {1, "1", ""}},
    {": cmsg_data must be a string or bytearray, got nil", {1, 1}},
    {": cmsg_data must be a string or bytearray, got table", {1, 1, {}}},
  }) do
    it("refuses an item of ancillary data: it" .. case[1], function()
      refuses("bad argument #2 to 'sendmsg' (ancdata[2]" .. case[1], send, {}, {rights(), case[2]})
    end)
  end
end)

describe("recvmsg", function()
  it("gives data, ancillary data, flags and address", function()
    local a, b = fixture.udp(), fixture.udp()
    a:sendto("hello", b:getsockname())
    local result = table.pack(b:recvmsg(100))
    assert.equal(4, result.n)
    assert.equal("hello", result[1])
    assert.same({}, result[2])
    assert.equal(0, result[3])
    assert.equal(a:getsockname(), result[4])
  end)

  it("gives no address on a connected stream", function()
    local client, server = fixture.tcp_pair()
    client:send("x")
    local result = table.pack(server:recvmsg(10))
    assert.equal(4, result.n)
    assert.is_nil(result[4])
  end)

  it("gives no address for an unnamed AF_UNIX peer, the path for a named one", function()
    local path = fixture.path()
    local server, client = fixture.socket(AF_UNIX, SOCK_DGRAM), fixture.socket(AF_UNIX, SOCK_DGRAM)
    server:bind(path)
    client:connect(path)
    client:send("x")
    assert.is_nil((select(4, server:recvmsg(10))))
    local name = fixture.path()
    client:bind(name)
    client:send("x")
    assert.equal(name, (select(4, server:recvmsg(10))))
  end)

  it("gives an empty string at the end of the stream", function()
    local a, b = fixture.pair()
    b:close()
    assert.equal("", (a:recvmsg(10)))
  end)

  it("consumes a datagram even when it asks for nothing", function()
    local a, b = fixture.pair(SOCK_DGRAM)
    a:send("one")
    a:send("two")
    local data, _, flags = b:recvmsg(0)
    assert.equal("", data)
    assert.equal(socket.MSG_TRUNC, flags)
    assert.equal("two", (b:recvmsg(10)))
  end)

  it("says that a datagram was cut", function()
    local a, b = fixture.pair(SOCK_DGRAM)
    a:send("hello")
    local data, _, flags = b:recvmsg(2)
    assert.equal("he", data)
    assert.equal(socket.MSG_TRUNC, flags)
  end)

  it("gives only what it has where MSG_TRUNC counts more", function()
    local a, b = fixture.udp(), fixture.udp()
    a:sendto("hello", b:getsockname())
    assert.equal("he", (b:recvmsg(2, 0, socket.MSG_TRUNC)))
  end)

  it("leaves the message there with MSG_PEEK", function()
    local a, b = fixture.pair()
    a:send("hello")
    assert.equal("hel", (b:recvmsg(3, 0, socket.MSG_PEEK)))
    assert.equal("hello", (b:recvmsg(10)))
  end)

  it("receives a large message", function()
    local a, b = fixture.pair()
    local data = string.pack("I4", 1):rep(1 << 14)
    a:sendall(data)
    assert.equal(data, (b:recvmsg(1 << 22)))
  end)

  it("waits for a message until its deadline", function()
    local a = fixture.pair()
    a:settimeout(0.01)
    local start = fixture.monotonic()
    local err = raises(socket.timeout, a.recvmsg, a, 10, 100)
    assert.is_true(fixture.monotonic() - start >= 0.01)
    assert.equal("recvmsg", err.call)
  end)

  it("raises BlockingIOError on a non-blocking socket", function()
    local a = fixture.pair()
    a:settimeout(0)
    raises(socket.BlockingIOError, a.recvmsg, a, 10, 100)
  end)

  it("does not wait with MSG_DONTWAIT on a blocking socket", function()
    local a = fixture.pair()
    a:settimeout(nil)
    raises(socket.BlockingIOError, a.recvmsg, a, 10, 100, socket.MSG_DONTWAIT)
  end)

  it("raises EBADF for a closed socket", function()
    local a = fixture.pair()
    a:close()
    fails("EBADF", a.recvmsg, a, 10)
  end)

  local function receive(...)
    local a = fixture.pair()
    return a:recvmsg(...)
  end

  for _, case in ipairs({
    {"#1 to 'recvmsg' (bufsize must be an integer, got no value)"},
    {"#1 to 'recvmsg' (bufsize must be an integer, got string)", "10"},
    {"#1 to 'recvmsg' (negative buffersize in recvmsg, got -1)", -1},
    {"#2 to 'recvmsg' (invalid ancillary data buffer length, got -1)", 1, -1},
    {"#2 to 'recvmsg' (invalid ancillary data buffer length, got 2147483648)", 1, 1 << 31},
    {"#2 to 'recvmsg' (ancbufsize must be an integer, got table)", 1, {}},
    {"#3 to 'recvmsg' (flags must be an integer, got table)", 1, 1, {}},
  }) do
    it("refuses: " .. case[1], function()
      refuses("bad argument " .. case[1], receive, table.unpack(case, 2, #case))
    end)
  end
end)

describe("recvmsg_into", function()
  it("fills its buffers in order", function()
    local a, b = fixture.pair()
    local one, two, three = bytearray(3), bytearray(".."), bytearray("......")
    a:sendall("abcdefg")
    local result = table.pack(b:recvmsg_into({one, two, three:view(2, 5)}))
    assert.equal(4, result.n)
    assert.equal(7, result[1])
    assert.same({}, result[2])
    assert.equal(0, result[3])
    assert.is_nil(result[4])
    assert.equal("abc", tostring(one))
    assert.equal("de", tostring(two))
    assert.equal(".fg...", tostring(three))
  end)

  it("gives ancillary data and the sender, as recvmsg does", function()
    local b = sent_descriptors(2)
    local n, ancdata, flags = b:recvmsg_into({bytearray(1)}, 100)
    assert.equal(1, n)
    assert.equal(0, flags)
    assert.equal(2, #descriptors(ancdata[1]))
    local c, d = fixture.udp(), fixture.udp()
    c:sendto("x", d:getsockname())
    assert.equal(c:getsockname(), (select(4, d:recvmsg_into({bytearray(1)}))))
  end)

  it("tells how long a datagram is that MSG_TRUNC asks for, as the system does", function()
    fixture.need_lengths()
    local a, b = fixture.udp(), fixture.udp()
    a:sendto("hello", b:getsockname())
    local one, two = bytearray(1), bytearray(2)
    assert.equal(5, (b:recvmsg_into({one}, 0, socket.MSG_PEEK | socket.MSG_TRUNC)))
    assert.equal(5, (b:recvmsg_into({one, two}, 0, socket.MSG_TRUNC)))
    assert.equal("hel", tostring(one) .. tostring(two))
  end)

  it("raises a timeout, and writes nothing", function()
    local a = fixture.pair()
    local buffer = bytearray("old")
    a:settimeout(0.01)
    raises(socket.timeout, a.recvmsg_into, a, {buffer})
    assert.equal("old", tostring(buffer))
  end)

  it("raises EMSGSIZE for more buffers than the system takes", function()
    local a = fixture.pair()
    local buffers = {}
    for i = 1, 1 << 16 do buffers[i] = bytearray(1) end
    fails("EMSGSIZE", a.recvmsg_into, a, buffers)
  end)

  local function receive(...)
    local a = fixture.pair()
    return a:recvmsg_into(...)
  end

  for _, case in ipairs({
    {"#1 to 'recvmsg_into' (buffers must be a table of buffers, got no value)"},
    {"#1 to 'recvmsg_into' (buffers must be a table of buffers, got bytearray)", bytearray(1)},
    {"#1 to 'recvmsg_into' (buffers[2] must be a bytearray, got string)", {bytearray(1), "x"}},
    {"#2 to 'recvmsg_into' (invalid ancillary data buffer length, got -1)", {}, -1},
    {"#3 to 'recvmsg_into' (flags must be an integer, got string)", {}, 0, "x"},
  }) do
    it("refuses: " .. case[1], function()
      refuses("bad argument " .. case[1], receive, table.unpack(case, 2, #case))
    end)
  end
end)

describe("a table of no buffers", function()
  it("is sent as an empty message", function()
    local a, b = fixture.pair(SOCK_DGRAM)
    assert.equal(0, a:sendmsg({}))
    assert.equal("", b:recv(100))
  end)

  it("consumes a datagram", function()
    local a, b = fixture.pair(SOCK_DGRAM)
    a:send("one")
    a:send("two")
    local n, _, flags = b:recvmsg_into({})
    assert.equal(0, n)
    assert.equal(socket.MSG_TRUNC, flags)
    assert.equal("two", b:recv(10))
  end)

  it("tells how long a datagram is that MSG_TRUNC asks for", function()
    fixture.need_lengths()
    local a, b = fixture.udp(), fixture.udp()
    a:sendto("hello", b:getsockname())
    assert.equal(5, (b:recvmsg_into({}, 0, socket.MSG_PEEK | socket.MSG_TRUNC)))
    assert.equal("hello", b:recv(10))
  end)
end)

describe("an item of ancillary data that was received", function()
  local function received()
    local b = sent_descriptors(1)
    local _, ancdata = b:recvmsg(1, 100)
    descriptors(ancdata[1])
    return ancdata[1]
  end

  it("answers by position and by name", function()
    local item = received()
    assert.equal(3, #item)
    assert.equal(SOL_SOCKET, item[1])
    assert.equal(SCM_RIGHTS, item[2])
    assert.equal(FD, #item[3])
    assert.equal(item[1], item.cmsg_level)
    assert.equal(item[2], item.cmsg_type)
    assert.equal(item[3], item.cmsg_data)
    assert.is_nil(item.color)
  end)

  it("compares by value", function()
    local item = received()
    local copy = setmetatable({item[1], item[2], item[3]}, getmetatable(item))
    assert.is_true(item == copy)
  end)

  it("can be sent on as it is", function()
    local a, b = fixture.pair()
    a:sendmsg({"x"}, {received()})
    local _, ancdata = b:recvmsg(1, 100)
    assert.equal(1, #descriptors(ancdata[1]))
  end)
end)

describe("a received descriptor", function()
  it("works", function()
    fixture.need_constant("SCM_RIGHTS")
    local a, b = fixture.pair()
    local c, d = fixture.pair()
    a:sendmsg({"x"}, {rights(c:fileno())})
    local _, ancdata = b:recvmsg(1, 100)
    local copy <close> = socket.socket({fileno = (string.unpack("i", ancdata[1].cmsg_data))})
    copy:send("through it")
    assert.equal("through it", d:recv(100))
  end)

  it("is not inherited, and the flags say nothing about that", function()
    local b = sent_descriptors(1)
    local _, ancdata, flags = b:recvmsg(1, 100)
    local s = fixture.keep(socket.socket({fileno = (string.unpack("i", ancdata[1].cmsg_data))}))
    assert.is_false(s:get_inheritable())
    assert.equal(0, flags)
  end)

  -- what runs in pcall(recvmsg, ...), by the number of the call that a hook sees
  for last, title in pairs({[2] = "as it begins", [3] = "as it ends"}) do
    it("is closed when a hook ends the call " .. title, function()
      local call = last
      local b = sent_descriptors(3)
      local before = #fixture.settled_descriptors()
      local pcall, error, recvmsg = pcall, error, b.recvmsg -- busted finds its globals by calls
      debug.sethook(function()
        call = call - 1
        if call == 0 then error("interrupted!") end
      end, "c")
      local ok = pcall(recvmsg, b, 1, 100)
      debug.sethook()
      collectgarbage()
      assert.is_false(ok)
      assert.equal(before, #fixture.descriptors())
    end)
  end
end)

describe("descriptors that do not fit", function()
  -- descriptors in a message of two, and those that come out, by the room for them
  for room, count in pairs({
    [0] = 0,
    [1] = 0,
    [socket.CMSG_LEN(0) - 1] = 0,
    [socket.CMSG_LEN(0)] = 0,
    [socket.CMSG_LEN(FD) - 1] = 0,
    [socket.CMSG_LEN(FD)] = 1,
    [socket.CMSG_LEN(2 * FD) - 1] = 1,
  }) do
    it(("leave %d of two in %d bytes, and none leaks"):format(count, room), function()
      local b = sent_descriptors(2)
      local before = #fixture.settled_descriptors()
      local data, ancdata, flags = b:recvmsg(1, room)
      assert.equal("x", data)
      assert.equal(MSG_CTRUNC, flags & MSG_CTRUNC)
      local fds = ancdata[1] and descriptors(ancdata[1]) or {}
      assert.equal(count, #fds)
      assert.equal(before + count, #fixture.descriptors())
    end)
  end
end)

describe("when memory runs out", function()
  for call, what in pairs({recvmsg = 1, recvmsg_into = {bytearray(1)}}) do
    it(call .. " closes the descriptors that it received", function()
      local starved = fixture.starving()
      local b = sent_descriptors(3)
      local before = #fixture.settled_descriptors()
      local n = 0
      local ok, result, ancdata
      repeat
        n = n + 1
        ok, result, ancdata = starved(n, b[call], b, what, 100, socket.MSG_PEEK)
        assert.equal(before + (ok and 3 or 0), #fixture.descriptors())
        assert.is_true(ok or result == "not enough memory")
      until ok
      assert.is_true(n > 4)
      assert.equal(3, #descriptors(ancdata[1]))
    end)
  end

  it("sendmsg leaves nothing behind, and can be repeated", function()
    fixture.need_constant("SCM_RIGHTS")
    local starved = fixture.starving()
    local a, b = fixture.pair(SOCK_DGRAM)
    local ancdata = {rights(0), {cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS, cmsg_data = ""}}
    local n = 0
    local ok
    repeat
      n = n + 1
      ok = starved(n, a.sendmsg, a, {"x", "y"}, ancdata)
    until ok
    assert.is_true(n > 1)
    assert.equal("xy", b:recv(10))
  end)
end)

describe("with string.pack and string.unpack", function()
  local function pid() return math.tointeger(tonumber(machine.status("Pid"))) end
  local function uid() return math.tointeger(tonumber((machine.status("Uid"):match("%d+")))) end

  it("SO_PEERCRED says who connected", function()
    fixture.need_posix("its messages carry other structures")
    local a = fixture.pair()
    local process, user = string.unpack("iII", a:getsockopt(SOL_SOCKET, socket.SO_PEERCRED, 12))
    assert.equal(pid(), process)
    assert.equal(uid(), user)
  end)

  it("SO_PASSCRED and SCM_CREDENTIALS say who sent a message", function()
    fixture.need_posix("its messages carry other structures")
    local a, b = fixture.pair(SOCK_DGRAM)
    b:setsockopt(SOL_SOCKET, socket.SO_PASSCRED, 1)
    a:send("who am I?")
    local _, ancdata = b:recvmsg(100, socket.CMSG_SPACE(12))
    assert.equal(1, #ancdata)
    assert.equal(SOL_SOCKET, ancdata[1].cmsg_level)
    assert.equal(socket.SCM_CREDENTIALS, ancdata[1].cmsg_type)
    local process, user = string.unpack("iII", ancdata[1].cmsg_data)
    assert.equal(pid(), process)
    assert.equal(uid(), user)
  end)

  it("SCM_CREDENTIALS can be sent, beside descriptors", function()
    fixture.need_posix("its messages carry other structures")
    local a, b = fixture.pair()
    b:setsockopt(SOL_SOCKET, socket.SO_PASSCRED, 1)
    local group = math.tointeger(tonumber((machine.status("Gid"):match("%d+"))))
    local mine = string.pack("iII", pid(), uid(), group)
    a:sendmsg({"x"}, {{SOL_SOCKET, socket.SCM_CREDENTIALS, mine}, rights(0)})
    local _, ancdata = b:recvmsg(1, 100)
    local by_type = {}
    for _, item in ipairs(ancdata) do by_type[item.cmsg_type] = item end
    assert.equal(mine, by_type[socket.SCM_CREDENTIALS].cmsg_data)
    assert.equal(1, #descriptors(by_type[SCM_RIGHTS]))
  end)

  it("IP_PKTINFO says where a datagram was sent to, and chooses where one comes from", function()
    fixture.need_posix("its messages carry other structures")
    local IPPROTO_IP <const>, IP_PKTINFO <const> = socket.IPPROTO_IP, socket.IP_PKTINFO
    local server, client = fixture.socket(socket.AF_INET, SOCK_DGRAM), fixture.udp()
    server:bind({"", 0})
    server:setsockopt(IPPROTO_IP, IP_PKTINFO, 1)
    client:sendto("x", {"127.0.0.2", server:getsockname().port})
    local _, ancdata, _, sender = server:recvmsg(10, socket.CMSG_SPACE(12))
    assert.equal(IPPROTO_IP, ancdata[1].cmsg_level)
    assert.equal(IP_PKTINFO, ancdata[1].cmsg_type)
    local interface, _, to = string.unpack("ic4c4", ancdata[1].cmsg_data)
    assert.equal(socket.if_nametoindex("lo"), interface)
    assert.equal("127.0.0.2", socket.inet_ntoa(to))
    local from = string.pack("ic4c4", 0, to, "\0\0\0\0")
    server:sendmsg({"answer"}, {{IPPROTO_IP, IP_PKTINFO, from}}, 0, sender)
    assert.equal("127.0.0.2", select(2, client:recvfrom(10)).host)
  end)

  it("IPV6_RECVPKTINFO says where a datagram was sent to", function()
    fixture.need_posix("its messages carry other structures")
    local s = fixture.udp(AF_INET6)
    s:setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    s:sendto("x", s:getsockname())
    local _, ancdata, _, sender = s:recvmsg(10, socket.CMSG_SPACE(20))
    assert.equal(s:getsockname(), sender)
    assert.equal(socket.IPPROTO_IPV6, ancdata[1].cmsg_level)
    assert.equal(socket.IPV6_PKTINFO, ancdata[1].cmsg_type)
    local to, interface = string.unpack("c16I", ancdata[1].cmsg_data)
    assert.equal("::1", socket.inet_ntop(AF_INET6, to))
    assert.equal(socket.if_nametoindex("lo"), interface)
  end)

  it("SO_TIMESTAMPNS says when a datagram came", function()
    fixture.need_posix("its messages carry other structures")
    local SO_TIMESTAMPNS <const> = 35 -- Linux, <asm-generic/socket.h>
    local s = fixture.udp()
    s:setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1)
    local before = os.time()
    s:sendto("x", s:getsockname())
    local _, ancdata = s:recvmsg(10, socket.CMSG_SPACE(string.packsize("ll")))
    assert.equal(SO_TIMESTAMPNS, ancdata[1].cmsg_type)
    local seconds, nanoseconds = string.unpack("ll", ancdata[1].cmsg_data)
    assert.is_true(seconds >= before)
    assert.is_true(nanoseconds >= 0 and nanoseconds < 1000000000)
  end)
end)

describe("sendmsg_afalg", function()
  before_each(function() fixture.need_constant("AF_ALG") end)

  -- The system believes neither family nor option: enough to see what we make of the arguments.
  local function disguised()
    local a, b = fixture.pair()
    local s = fixture.keep(socket.socket({fileno = a:fileno(), family = socket.AF_ALG}))
    a:detach()
    return s, b
  end

  it("is for AF_ALG only", function()
    local a = fixture.pair()
    local err = raises(socket.OSError, a.sendmsg_afalg, a, {"x"}, {op = 1})
    assert.equal("algset is only supported for AF_ALG", err.strerror)
    assert.is_nil(err.errno)
  end)

  it("sends its buffers", function()
    local s, peer = disguised()
    local buffers = {"ab", bytearray("cd")}
    assert.equal(4, s:sendmsg_afalg(buffers, {op = 1, iv = "16", assoclen = 3, flags = 0}))
    assert.equal("abcd", peer:recv(10))
  end)

  it("may go without data", function()
    local s = disguised()
    assert.equal(0, s:sendmsg_afalg({op = 1}))
    assert.equal(0, s:sendmsg_afalg(nil, {op = 1}))
  end)

  for _, case in ipairs({
    {"op must be an integer, got nil"},
    {"op must be an integer, got nil", {"x"}, {iv = ""}},
    {"op must be 0-2147483647, got -1", {"x"}, {op = -1}},
    {"iv must be a string or bytearray, got number", {"x"}, {op = 1, iv = 1}},
    {"assoclen must be 0-2147483647, got -1", {"x"}, {op = 1, assoclen = -1}},
    {"flags must be an integer, got string", {"x"}, {op = 1, flags = "x"}},
    {"buffers[1] must be a string or bytearray, got boolean", {true}, {op = 1}},
    {"unknown option 'color'", {"x"}, {op = 1, color = 2}},
  }) do
    it("refuses: " .. case[1], function()
      local s = disguised()
      refuses(case[1], s.sendmsg_afalg, s, table.unpack(case, 2))
    end)
  end

  it("encrypts", function()
    local has_alg, alg = pcall(socket.socket, socket.AF_ALG, socket.SOCK_SEQPACKET)
    if not has_alg then fixture.lacking("no AF_ALG here") end
    fixture.keep(alg)
    local has_cipher = pcall(alg.bind, alg, {"skcipher", "cbc(aes)"})
    if not has_cipher then fixture.lacking("no cipher cbc(aes)") end
    local key, iv = ("k"):rep(16), ("i"):rep(16)
    alg:setsockopt(socket.SOL_ALG, socket.ALG_SET_KEY, key)
    local op = fixture.keep((alg:accept()))
    assert.equal(16, op:sendmsg_afalg({"Single block msg"}, {op = socket.ALG_OP_ENCRYPT, iv = iv}))
    local secret = op:recv(16)
    assert.are_not.equal("Single block msg", secret)
    op:sendmsg_afalg({secret}, {op = socket.ALG_OP_DECRYPT, iv = iv})
    assert.equal("Single block msg", op:recv(16))
  end)
end)
