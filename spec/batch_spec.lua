-- Several messages by one system call: src/batch.c.

local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

-- A socket that sends, and one that receives.
local function both()
  return fixture.udp(), fixture.udp()
end

local function texts(messages)
  local list = {}
  for i, message in ipairs(messages) do list[i] = message[1] end
  return list
end

describe("sendmmsg", function()
  it("sends messages to several addresses by one call", function()
    local s, one = both()
    local other = fixture.udp()
    assert.equal(3, s:sendmmsg({{"a", one:getsockname()}, {"b", other:getsockname()}, {"c", one:getsockname()}}))
    assert.same({"a", "c"}, texts(one:recvmmsg(10, 100)))
    assert.same({"b"}, texts(other:recvmmsg(10, 100)))
  end)

  it("sends strings, bytearrays and views to the peer of a connected socket", function()
    local s, to = both()
    s:connect(to:getsockname())
    local buffer = socket.bytearray("hello")
    assert.equal(4, s:sendmmsg({"text", buffer, buffer:view(2, 3), ""}))
    assert.same({"text", "hello", "el", ""}, texts(to:recvmmsg(10, 100)))
  end)

  it("sends nothing of an empty sequence", function()
    assert.equal(0, fixture.udp():sendmmsg({}))
  end)

  it("tells how many went before one that could not", function()
    local s, to = both()
    s:connect(to:getsockname())
    assert.equal(1, s:sendmmsg({"fits", ("x"):rep(100000)}))
    local err = fixture.raises(socket.OSError, s.sendmmsg, s, {("x"):rep(100000)})
    assert.equal("EMSGSIZE", err.name)
    assert.same({"fits"}, texts(to:recvmmsg(10, 100)))
  end)

  it("sends at most 1024 messages", function()
    local s, to = both()
    s:connect(to:getsockname())
    local messages = {}
    for i = 1, 1100 do messages[i] = "" end
    assert.is_true(s:sendmmsg(messages) <= 1024)
  end)

  it("looks up no names", function()
    local s = fixture.udp()
    local err = fixture.raises(socket.gaierror, s.sendmmsg, s, {{"x", {"localhost", 9}}})
    assert.matches("messages%[1%]", tostring(err))
  end)

  it("names the message that is none, and the bad address", function()
    local s = fixture.udp()
    fixture.refuses("messages must be a table of messages, got string", s.sendmmsg, s, "text")
    fixture.refuses("messages[2] must be a string, a bytearray or {data, address}, got number", s.sendmmsg, s, {"x", 5})
    fixture.refuses("messages[1][1] must be a string or bytearray, got nil", s.sendmmsg, s, {{}})
    fixture.refuses("port must be 0-65535, got 70000", s.sendmmsg, s, {{"x", {"127.0.0.1", 70000}}})
  end)

  it("takes its arguments by name", function()
    local s, to = both()
    s:connect(to:getsockname())
    assert.equal(1, s:sendmmsg{messages = {"x"}, flags = 0})
  end)
end)

describe("recvmmsg", function()
  it("tells the sender of each message, and which of them were cut", function()
    local s, to = both()
    s:sendmmsg({{"long", to:getsockname()}, {"ok", to:getsockname()}})
    local messages = to:recvmmsg(10, 2)
    assert.same({"lo", "ok"}, texts(messages))
    assert.is_true(messages[1][3])
    assert.is_false(messages[2][3])
    assert.is_true(messages[2][2] == s:getsockname())
  end)

  it("waits for the first message alone, in a task too", function()
    local s, to = both()
    s:connect(to:getsockname())
    loop.run(function()
      local task = loop.spawn(function() return texts(to:recvmmsg(10, 100)) end)
      loop.sleep(0)
      s:send("one")
      assert.same({"one"}, task:join())
    end)
  end)

  it("receives no more than it was asked for", function()
    local s, to = both()
    s:connect(to:getsockname())
    s:sendmmsg({"1", "2", "3"})
    assert.same({"1", "2"}, texts(to:recvmmsg(2, 10)))
    assert.same({"3"}, texts(to:recvmmsg(2, 10)))
  end)

  it("raises where nothing comes in time", function()
    local to = fixture.udp()
    to:settimeout(0.01)
    fixture.raises(socket.timeout, to.recvmmsg, to, 10, 100)
    to:setblocking(false)
    fixture.raises(socket.BlockingIOError, to.recvmmsg, to, 10, 100)
    assert.is_nil((socket.protect(to.recvmmsg)(to, 10, 100)))
  end)

  it("gives ancillary data for which there is room", function()
    fixture.need_constant("IP_PKTINFO")
    local s, to = both()
    to:setsockopt(socket.IPPROTO_IP, socket.IP_PKTINFO, 1)
    s:sendmmsg({{"a", to:getsockname()}, {"b", to:getsockname()}})
    local messages = to:recvmmsg(10, 10, 0, socket.CMSG_SPACE(12))
    assert.equal(2, #messages)
    for _, message in ipairs(messages) do
      assert.equal(socket.IP_PKTINFO, message[4][1].cmsg_type)
      assert.truthy(message[4][1].cmsg_data:find(socket.inet_aton("127.0.0.1"), 1, true))
    end
  end)

  it("tells the sizes of what UDP_GRO has put together", function()
    fixture.need_constant("UDP_GRO")
    local s, to = both()
    local able = pcall(to.setsockopt, to, socket.IPPROTO_UDP, socket.UDP_GRO, 1)
      and pcall(s.setsockopt, s, socket.IPPROTO_UDP, socket.UDP_SEGMENT, 100)
    if not able then fixture.lacking("this kernel has no UDP_GRO") end
    s:sendto(("x"):rep(250), to:getsockname())
    local received, sizes = 0, {}
    while received < 250 do
      for _, message in ipairs(to:recvmmsg(10, 2000, {ancbufsize = socket.CMSG_SPACE(4)})) do
        received = received + #message[1]
        for _, item in ipairs(message[4]) do sizes[#sizes + 1] = string.unpack("=i4", item.cmsg_data) end
      end
    end
    assert.equal(250, received)
    for _, size in ipairs(sizes) do assert.equal(100, size) end
  end)

  it("gives no descriptors away", function()
    fixture.need_unix()
    local a = fixture.pair(socket.SOCK_DGRAM)
    fixture.refuses("ancbufsize must be 0 but for AF_INET and AF_INET6, got 100", a.recvmmsg, a, 1, 1, 0, 100)
  end)

  it("names the argument that is wrong", function()
    local s = fixture.udp()
    fixture.refuses("n must be 1-1024, got 0", s.recvmmsg, s, 0, 10)
    fixture.refuses("n must be 1-1024, got 1025", s.recvmmsg, s, 1025, 10)
    fixture.refuses("bufsize must be", s.recvmmsg, s, 1, -1)
  end)

  it("is refused on a closed socket", function()
    local s = fixture.udp()
    s:close()
    assert.equal("EBADF", fixture.raises(socket.OSError, s.recvmmsg, s, 1, 1).name)
    assert.equal("EBADF", fixture.raises(socket.OSError, s.sendmmsg, s, {"x"}).name)
  end)
end)

describe("recvmmsg_into", function()
  it("puts each message at its place in the buffer", function()
    local s, to = both()
    s:sendmmsg({{"first", to:getsockname()}, {"", to:getsockname()}, {"third", to:getsockname()}})
    local buffer = socket.bytearray(40)
    local lengths, addresses, cut = to:recvmmsg_into(buffer, 10)
    assert.same({5, 0, 5}, lengths)
    assert.equal("first", buffer:sub(1, 5))
    assert.equal("third", buffer:sub(21, 25))
    assert.is_true(addresses[3] == s:getsockname())
    assert.is_false(cut)
  end)

  it("takes as many messages as the buffer has room for, and says that one was cut", function()
    local s, to = both()
    s:connect(to:getsockname())
    s:sendmmsg({"longer", "two", "three"})
    local lengths, _, cut = to:recvmmsg_into(socket.bytearray(9), 4)
    assert.same({4, 3}, lengths)
    assert.is_true(cut)
  end)

  it("gives false for a sender without a name", function()
    fixture.need_unix()
    local a, b = fixture.pair(socket.SOCK_DGRAM)
    a:send("x")
    local _, addresses = b:recvmmsg_into(socket.bytearray(10), 10)
    assert.same({false}, addresses)
  end)

  it("names the argument that is wrong", function()
    local s = fixture.udp()
    fixture.refuses("bufsize is greater than the length of the buffer: 11 of 10", s.recvmmsg_into, s, socket.bytearray(10), 11)
    fixture.refuses("buffer must be a bytearray, got string", s.recvmmsg_into, s, "text", 1)
  end)
end)
