-- The real sockets of every family: what the kernel says to our addresses. `./dev families` runs
-- this file under a kernel that has nearly all of them.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local pack <const>, unpack <const> = string.pack, string.unpack

-- A socket of that kind; pending where the system will not make one.
local function need(family, type, proto)
  if not socket[family] then fixture.lacking("this build lacks " .. family) end
  local ok, s = pcall(fixture.socket, socket[family], type, proto)
  if ok then return s end
  fixture.lacking(("no %s, type %d, protocol %d: %s"):format(family, type, proto or 0, s.strerror))
end

local function need_interface(name)
  if pcall(socket.if_nametoindex, name) then return end
  fixture.lacking("there is no interface " .. name)
end

-- Raises an OSError with that name.
local function fails(name, f, ...)
  local err = fixture.raises(socket.OSError, f, ...)
  assert.equal(name, err.name)
  return err
end

local function accept(listener)
  local conn, address = listener:accept()
  conn:settimeout(listener:gettimeout())
  return fixture.keep(conn), address
end

-- The first thing received for which the predicate holds, with its address.
local function await(s, wanted)
  while true do
    local data, address = s:recvfrom(65536)
    if wanted(data, address) then return data, address end
  end
end

describe("an AF_NETLINK socket", function()
  local RTM_NEWLINK <const>, RTM_GETLINK <const>, NLMSG_DONE <const> = 16, 18, 3
  local NLM_F_REQUEST <const>, NLM_F_DUMP <const>, IFLA_IFNAME <const> = 1, 0x300, 3

  local function route()
    return need("AF_NETLINK", socket.SOCK_RAW, socket.NETLINK_ROUTE)
  end

  -- The interface's name among the attributes of an RTM_NEWLINK message.
  local function name_of(message)
    local at = 16 + 16 + 1
    while at < #message do
      local len, kind = unpack("=I2I2", message, at)
      if kind == IFLA_IFNAME then return unpack("z", message, at + 4) end
      at = at + (len + 3 & ~3)
    end
  end

  -- The messages of a datagram go to f(kind, message).
  local function each(datagram, f)
    local at = 1
    while at < #datagram do
      local len, kind = unpack("=I4I2", datagram, at)
      f(kind, datagram:sub(at, at + len - 1))
      at = at + (len + 3 & ~3)
    end
  end

  -- Asks for all interfaces.
  local function request(s)
    local flags = NLM_F_REQUEST | NLM_F_DUMP
    s:sendto(pack("=I4I2I2I4I4", 32, RTM_GETLINK, flags, 1, 0) .. ("\0"):rep(16), {0, 0})
  end

  local function dump(s)
    local found, done = {}, false
    request(s)
    while not done do
      each(s:recv(65536), function(kind, message)
        if kind == RTM_NEWLINK then found[#found + 1] = name_of(message) end
        done = done or kind == NLMSG_DONE
      end)
    end
    return found
  end

  it("has the address {0, 0} before it is bound", function()
    local s = route()
    assert.same({0, 0}, s:getsockname())
    assert.truthy(tostring(s):find("laddr={0, 0}", 1, true))
  end)

  it("gets a pid from the kernel", function()
    local s = route()
    s:bind({0, 0})
    assert.is_true(s:getsockname().pid > 0)
  end)

  it("keeps the groups that it joined", function()
    local s = route()
    s:bind({0, 1})
    assert.equal(1, s:getsockname().groups)
  end)

  it("lists the interfaces, as if_nameindex does", function()
    local names = {}
    for i, pair in ipairs(socket.if_nameindex()) do names[i] = pair.name end
    local found = dump(route())
    table.sort(names)
    table.sort(found)
    assert.same(names, found)
  end)

  it("hears from the kernel, whose address is {0, 0}", function()
    local s = route()
    request(s)
    local _, address = s:recvfrom(65536)
    assert.same({0, 0}, address)
  end)
end)

describe("an AF_PACKET socket", function()
  local EXPERIMENT <const> = 0x88B5 -- an Ethernet type for local experiments
  local ARPHRD_LOOPBACK <const> = 772

  local function packet(type)
    local s = need("AF_PACKET", type, socket.htons(EXPERIMENT))
    s:bind({"lo", EXPERIMENT})
    return s
  end

  it("says where it is bound", function()
    local name = packet(socket.SOCK_DGRAM):getsockname()
    assert.equal("lo", name.ifname)
    assert.equal(EXPERIMENT, name.proto)
    assert.equal(ARPHRD_LOOPBACK, name.hatype)
    assert.equal(("\0"):rep(6), name.addr)
  end)

  it("sends to a hardware address and receives from one", function()
    local s = packet(socket.SOCK_DGRAM)
    s:sendto("ping", {"lo", EXPERIMENT, socket.PACKET_HOST, 0, ("\0"):rep(6)})
    local _, address = await(s, function(data, a) -- others may send frames of this type, too
      return a.pkttype ~= socket.PACKET_OUTGOING and data:sub(1, 4) == "ping"
    end)
    assert.equal("lo", address.ifname)
    assert.equal(EXPERIMENT, address.proto)
  end)

  it("sends and receives whole frames", function()
    local s = packet(socket.SOCK_RAW)
    local frame = ("\0"):rep(12) .. pack(">I2", EXPERIMENT) .. "frame"
    s:send(frame)
    await(s, function(data) return data:sub(1, #frame) == frame end)
  end)

  it("raises ENODEV for an interface that is not there", function()
    local s = packet(socket.SOCK_DGRAM)
    local err = fails("ENODEV", s.bind, s, {"nonesuch", EXPERIMENT})
    assert.equal("bind", err.call)
  end)
end)

describe("a raw ICMP socket", function()
  local function checksum(data)
    local sum = 0
    for i = 1, #data, 2 do sum = sum + unpack(">I2", data, i) end
    sum = (sum & 0xFFFF) + (sum >> 16)
    return ~(sum + (sum >> 16)) & 0xFFFF
  end

  local function echo(kind, id, payload)
    local sum = checksum(pack(">BBI2I2I2", kind, 0, 0, id, 1) .. payload)
    return pack(">BBI2I2I2", kind, 0, sum, id, 1) .. payload
  end

  it("gets an echo from loopback", function()
    local s = need("AF_INET", socket.SOCK_RAW, socket.IPPROTO_ICMP)
    s:sendto(echo(8, 0x5053, "pysocket"), {"127.0.0.1", 0})
    local answer = echo(0, 0x5053, "pysocket")
    local data, address = await(s, function(data) return data:sub(21) == answer end)
    assert.equal(4, data:byte() >> 4)
    assert.same({"127.0.0.1", 0}, address)
  end)
end)

-- Two connected sockets of a stream protocol over IP.
local function stream_pair(proto)
  local listener = need("AF_INET", socket.SOCK_STREAM, socket[proto])
  listener:bind({"127.0.0.1", 0})
  listener:listen()
  local client = need("AF_INET", socket.SOCK_STREAM, socket[proto])
  client:connect(listener:getsockname())
  return client, accept(listener)
end

for _, proto in ipairs({"IPPROTO_MPTCP", "IPPROTO_SCTP"}) do
  describe("a stream of " .. proto, function()
    it("carries data both ways", function()
      local client, server = stream_pair(proto)
      client:sendall("ping")
      assert.equal("ping", server:recv(16))
      server:sendall("pong")
      assert.equal("pong", client:recv(16))
    end)

    it("keeps its protocol when it is accepted", function()
      fixture.need_constant(proto)
      local _, server, address = stream_pair(proto)
      assert.equal(socket[proto], server.proto)
      assert.equal("127.0.0.1", address.host)
    end)
  end)
end

describe("a UDP-Lite socket", function()
  local function lite()
    local s = need("AF_INET", socket.SOCK_DGRAM, socket.IPPROTO_UDPLITE)
    s:bind({"127.0.0.1", 0})
    return s
  end

  it("carries datagrams", function()
    local a, b = lite(), lite()
    a:sendto("ping", b:getsockname())
    local data, address = b:recvfrom(16)
    assert.equal("ping", data)
    assert.equal(a:getsockname(), address)
  end)

  it("may have a checksum that covers the header alone", function()
    fixture.need_constant("IPPROTO_UDPLITE")
    local a, b = lite(), lite()
    local ok, err = pcall(a.setsockopt, a, socket.IPPROTO_UDPLITE, socket.UDPLITE_SEND_CSCOV, 8)
    if not ok and err.name == "ENOPROTOOPT" then fixture.lacking("UDP-Lite has no options here") end
    assert.is_true(ok, err)
    assert.equal(8, a:getsockopt(socket.IPPROTO_UDPLITE, socket.UDPLITE_SEND_CSCOV))
    a:sendto("ping", b:getsockname())
    assert.equal("ping", b:recv(16))
  end)
end)

describe("an AF_CAN socket", function()
  local FRAME <const> = "=I4Bxxxc8" -- id, length, data

  local function raw(name)
    local s = need("AF_CAN", socket.SOCK_RAW, socket.CAN_RAW)
    need_interface("vcan0")
    s:bind({name or "vcan0"})
    return s
  end

  it("carries frames, raw", function()
    local a, b = raw(), raw()
    local frame = pack(FRAME, 0x123, 3, "abc")
    assert.equal(#frame, a:send(frame))
    local data, address = b:recvfrom(16)
    assert.equal(frame, data)
    assert.same({"vcan0"}, address)
  end)

  it("says where it is bound", function()
    assert.equal("vcan0", raw():getsockname().ifname)
    assert.equal("", raw(""):getsockname().ifname)
  end)

  it("on all interfaces, sends to the one it is told", function()
    local a, b = raw(""), raw()
    local frame = pack(FRAME, 0x124, 2, "hi")
    a:sendto(frame, {"vcan0"})
    assert.equal(frame, b:recv(16))
  end)

  it("receives what its filter lets through", function()
    local a, b = raw(), raw()
    b:setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FILTER, pack("=I4I4", 0x200, 0x7FF))
    a:send(pack(FRAME, 0x100, 0, ""))
    a:send(pack(FRAME, 0x200, 0, ""))
    assert.equal(0x200, (unpack(FRAME, b:recv(16))))
  end)

  it("raises ENODEV for an interface that is not there", function()
    local s = need("AF_CAN", socket.SOCK_RAW, socket.CAN_RAW)
    fails("ENODEV", s.bind, s, {"nonesuch"})
  end)

  it("sends through the broadcast manager", function()
    local manager = need("AF_CAN", socket.SOCK_DGRAM, socket.CAN_BCM)
    local listener = raw()
    local frame = pack(FRAME, 0x321, 4, "bcm!")
    manager:connect({"vcan0"})
    local head = pack("!8I4I4I4llllI4I4Xi8", socket.CAN_BCM_TX_SEND, 0, 0, 0, 0, 0, 0, 0, 1)
    manager:send(head .. frame)
    assert.equal(frame, listener:recv(16))
  end)

  it("carries messages of J1939", function()
    local function j1939(addr)
      local s = need("AF_CAN", socket.SOCK_DGRAM, socket.CAN_J1939)
      need_interface("vcan0")
      s:bind({"vcan0", socket.J1939_NO_NAME, socket.J1939_NO_PGN, addr})
      return s
    end
    local a, b = j1939(0x20), j1939(0x30)
    local long = ("J1939"):rep(20)
    a:sendto(long, {"vcan0", socket.J1939_NO_NAME, 0xEF00, 0x30})
    local data, address = b:recvfrom(1000)
    assert.equal(long, data)
    assert.equal(0x20, address.addr)
    assert.equal(0xEF00, address.pgn)
    assert.equal(socket.J1939_NO_NAME, address.name)
    assert.same({"vcan0", socket.J1939_NO_NAME, socket.J1939_NO_PGN, 0x30}, b:getsockname())
  end)

  it("carries messages of ISO-TP", function()
    local a = need("AF_CAN", socket.SOCK_DGRAM, socket.CAN_ISOTP)
    local b = need("AF_CAN", socket.SOCK_DGRAM, socket.CAN_ISOTP)
    need_interface("vcan0")
    a:bind({"vcan0", 0x701, 0x702})
    b:bind({"vcan0", 0x702, 0x701})
    a:send(("isotp"):rep(20))
    assert.equal(("isotp"):rep(20), b:recv(1000))
    assert.same({"vcan0", 0x702, 0x701}, b:getsockname())
  end)
end)

describe("an AF_TIPC socket", function()
  local SERVICE <const> = 18888

  local function server(type)
    local s = need("AF_TIPC", type)
    s:bind({socket.TIPC_ADDR_NAMESEQ, SERVICE, 0, 9, socket.TIPC_NODE_SCOPE})
    return s
  end

  it("carries messages to a name, from an id", function()
    local b, a = server(socket.SOCK_RDM), need("AF_TIPC", socket.SOCK_RDM)
    a:sendto("ping", {socket.TIPC_ADDR_NAME, SERVICE, 5, 0})
    local data, address = b:recvfrom(16)
    assert.equal("ping", data)
    assert.equal(socket.TIPC_ADDR_ID, address.addr_type)
    assert.equal(a:getsockname().v2, address.v2)
    b:sendto("pong", address)
    assert.equal("pong", a:recv(16))
  end)

  it("carries a stream", function()
    local listener, client = server(socket.SOCK_STREAM), need("AF_TIPC", socket.SOCK_STREAM)
    listener:listen()
    client:settimeout(0)
    fails("EINPROGRESS", client.connect, client, {socket.TIPC_ADDR_NAME, SERVICE, 1, 0})
    local conn, address = accept(listener)
    conn:sendall("ping")
    client:settimeout(listener:gettimeout())
    assert.equal("ping", client:recv(16))
    client:sendall("pong")
    assert.equal("pong", conn:recv(16))
    assert.equal(5, #address)
  end)
end)

describe("an AF_ALG socket", function()
  local function algorithm(type, name)
    local s = need("AF_ALG", socket.SOCK_SEQPACKET)
    local ok, err = pcall(s.bind, s, {type, name})
    if not ok then fixture.lacking(("the kernel has no %s: %s"):format(name, err.strerror)) end
    return s
  end

  it("computes a hash, on a socket that it accepts and that has no address", function()
    local op, address = accept(algorithm("hash", "sha1"))
    op:sendall("abc")
    assert.equal("a9993e364706816aba3e25717850c26c9cd0d89d", (op:recv(64):gsub(".", function(c)
      return ("%02x"):format(c:byte())
    end)))
    assert.is_nil(address)
  end)

  it("raises ENOENT for an algorithm that there is not", function()
    local s = need("AF_ALG", socket.SOCK_SEQPACKET)
    local err = fails("ENOENT", s.bind, s, {"hash", "nonesuch"})
    assert.is_true(socket.isinstance(err, socket.FileNotFoundError))
  end)

  it("encrypts and decrypts", function()
    local s = algorithm("skcipher", "cbc(aes)")
    if not s.sendmsg_afalg then fixture.lacking("there is no sendmsg_afalg") end
    s:setsockopt(socket.SOL_ALG, socket.ALG_SET_KEY, ("k"):rep(16))
    local op, iv, text = accept(s), ("i"):rep(16), ("sixteen bytes...")
    op:sendmsg_afalg({text}, {op = socket.ALG_OP_ENCRYPT, iv = iv})
    local secret = op:recv(16)
    assert.are_not.equal(text, secret)
    op:sendmsg_afalg({secret}, {op = socket.ALG_OP_DECRYPT, iv = iv})
    assert.equal(text, op:recv(16))
  end)
end)

describe("an AF_VSOCK socket", function()
  local LOCAL <const> = 1 -- VMADDR_CID_LOCAL, which older systems do not name

  local function listener(port)
    local s = need("AF_VSOCK", socket.SOCK_STREAM)
    local ok, err = pcall(s.bind, s, {LOCAL, port})
    if not ok then fixture.lacking("AF_VSOCK has no loopback here: " .. err.strerror) end
    s:listen()
    return s
  end

  it("carries a stream", function()
    local server, client = listener(socket.VMADDR_PORT_ANY), need("AF_VSOCK", socket.SOCK_STREAM)
    client:connect(server:getsockname())
    local conn, address = accept(server)
    client:sendall("ping")
    assert.equal("ping", conn:recv(16))
    assert.equal(LOCAL, address.cid)
    assert.equal(client:getsockname().port, address.port)
  end)

  it("is refused where nobody listens", function()
    local server, client = listener(socket.VMADDR_PORT_ANY), need("AF_VSOCK", socket.SOCK_STREAM)
    local address = server:getsockname()
    server:close()
    fails("ECONNRESET", client.connect, client, address)
  end)
end)

describe("an AF_RDS socket", function()
  local function rds()
    local s = need("AF_RDS", socket.SOCK_SEQPACKET)
    s:bind({"127.0.0.1", 0})
    return s
  end

  it("carries datagrams", function()
    local a, b = rds(), rds()
    a:sendto("ping", b:getsockname())
    local data, address = b:recvfrom(16)
    assert.equal("ping", data)
    assert.equal(a:getsockname(), address)
  end)

  it("resolves the names of hosts", function()
    local a, b = rds(), rds()
    a:sendto("ping", {"localhost", b:getsockname().port})
    assert.equal("ping", b:recv(16))
  end)
end)

describe("an AF_BLUETOOTH socket", function()
  it("is bound to a port of L2CAP", function()
    local s = need("AF_BLUETOOTH", socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
    s:bind({socket.BDADDR_ANY, 0x1001})
    assert.same({socket.BDADDR_ANY, 0x1001}, s:getsockname())
  end)

  it("is bound to a channel of RFCOMM", function()
    local s = need("AF_BLUETOOTH", socket.SOCK_STREAM, socket.BTPROTO_RFCOMM)
    s:bind({socket.BDADDR_ANY, 3})
    assert.same({socket.BDADDR_ANY, 3}, s:getsockname())
  end)

  it("is bound to a device of SCO", function()
    local s = need("AF_BLUETOOTH", socket.SOCK_SEQPACKET, socket.BTPROTO_SCO)
    s:bind(socket.BDADDR_ANY)
    assert.equal(socket.BDADDR_ANY, s:getsockname())
  end)
end)

describe("an AF_QIPCRTR socket", function()
  it("has a node and a port", function()
    local s = need("AF_QIPCRTR", socket.SOCK_DGRAM)
    s:bind({s:getsockname().node, 0})
    assert.is_true(s:getsockname().port > 0)
  end)
end)
