local fixture = require "spec.fixture"
local socket = require "pysocket"

local bytearray = socket.bytearray

describe("recv", function()
  it("gives what is there, up to bufsize", function()
    local a, b = fixture.pair()
    b:sendall("hello")
    assert.equal("hel", a:recv(3))
    assert.equal("lo", a:recv(100))
  end)

  it("is 8-bit clean", function()
    local a, b = fixture.pair()
    local data = "\0\255\r\n\0"
    b:sendall(data)
    assert.equal(data, a:recv(10))
  end)

  it("gives the empty string at the end of the stream", function()
    local a, b = fixture.pair()
    b:close()
    assert.equal("", a:recv(10))
  end)

  it("of 0 bytes gives the empty string without a system call", function()
    local a, b = fixture.pair(socket.SOCK_DGRAM)
    b:send("queued")
    assert.equal("", a:recv(0))
    assert.equal("queued", a:recv(10))
  end)

  it("with MSG_PEEK leaves the data", function()
    local a, b = fixture.pair()
    b:sendall("x")
    assert.equal("x", a:recv(1, socket.MSG_PEEK))
    assert.equal("x", a:recv(1))
  end)

  it("of more than the scratch memory holds works", function()
    local a, b = fixture.pair()
    b:setblocking(false)
    a:settimeout(nil)
    local sent = b:send(("y"):rep(150000))
    assert.equal(("y"):rep(sent), a:recv(sent, socket.MSG_WAITALL))
  end)

  it("with MSG_TRUNC never shows more than there is room for", function()
    local a, b = fixture.pair(socket.SOCK_DGRAM)
    b:send(("z"):rep(5000))
    assert.equal("zz", a:recv(2, socket.MSG_TRUNC))
  end)

  -- Of TCP the system drops the bytes and counts them; the memory has held others before.
  for name, receive in pairs({
    recv = function(s, size) return s:recv(size, socket.MSG_TRUNC) end,
    recvfrom = function(s, size) return (s:recvfrom(size, socket.MSG_TRUNC)) end,
    recvmsg = function(s, size) return (s:recvmsg(size, 0, socket.MSG_TRUNC)) end,
  }) do
    it("with MSG_TRUNC shows nothing of what was received before: " .. name, function()
      fixture.need_lengths()
      local server <close> = socket.create_server({"127.0.0.1", 0})
      local a <close> = socket.create_connection(server:getsockname())
      local b <close> = server:accept()
      for _, size in ipairs({300, 5000}) do
        a:sendall(("A"):rep(size))
        assert.equal(size, #b:recv(size, socket.MSG_WAITALL))
        a:sendall(("B"):rep(size))
        local got = receive(b, size)
        assert.equal(("\0"):rep(#got), got)
        if #got < size then b:recv(size - #got, socket.MSG_WAITALL) end
      end
    end)
  end

  local refused = {
    { "a negative size", { -1 }, "bad argument #1 to 'recv' (negative buffersize in recv, got -1)" },
    { "no size", {}, "bad argument #1 to 'recv' (bufsize must be an integer, got no value)" },
    { "a size that is no integer", { 1.5 }, "bad argument #1 to 'recv' (bufsize must be an integer, got 1.5)" },
    { "a string", { "10" }, "bad argument #1 to 'recv' (bufsize must be an integer, got string)" },
    { "flags that are no integer", { 1, {} }, "bad argument #2 to 'recv' (flags must be an integer, got table)" },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      local a = fixture.pair()
      fixture.refuses(case[3], a.recv, a, table.unpack(case[2]))
      fixture.refuses(case[3]:gsub("recv", "recvfrom"), a.recvfrom, a, table.unpack(case[2]))
    end)
  end
end)

describe("recv_into", function()
  it("fills a bytearray and says how much", function()
    local a, b = fixture.pair()
    local buffer = bytearray(8)
    b:sendall("abc")
    assert.equal(3, a:recv_into(buffer))
    assert.equal("abc\0\0\0\0\0", tostring(buffer))
  end)

  it("fills a view, which is part of its bytearray", function()
    local a, b = fixture.pair()
    local buffer = bytearray("......")
    b:sendall("abc")
    assert.equal(2, a:recv_into(buffer:view(3, 4)))
    assert.equal("..ab..", tostring(buffer))
  end)

  it("takes no more than nbytes", function()
    local a, b = fixture.pair()
    local buffer = bytearray(8)
    b:sendall("abc")
    assert.equal(2, a:recv_into(buffer, 2))
    assert.equal(1, a:recv_into(buffer, { nbytes = 5 }))
  end)

  it("of an empty buffer gives 0 without a system call", function()
    local a = fixture.pair()
    assert.equal(0, a:recv_into(bytearray(0)))
  end)

  it("refuses what it cannot write into", function()
    local a = fixture.pair()
    fixture.refuses("bad argument #1 to 'recv_into' (buffer must be a bytearray, got string)", a.recv_into, a, "text")
    fixture.refuses("bad argument #2 to 'recv_into' (negative buffersize", a.recv_into, a, bytearray(1), -1)
    fixture.refuses("buffer too small for requested bytes", a.recv_into, a, bytearray(1), 2)
    fixture.refuses("unknown option 'nbyte'", a.recv_into, a, bytearray(1), { nbyte = 1 })
  end)
end)

describe("recvfrom", function()
  it("gives data, the sender's address, and whether it was cut (beyond Python)", function()
    local a = fixture.udp()
    local b, address = fixture.udp()
    a:sendto("hello", address)
    local data, from, truncated = b:recvfrom(100)
    assert.equal("hello", data)
    assert.equal(a:getsockname(), from)
    assert.is_false(truncated)
    a:sendto("hello", address)
    data, from, truncated = b:recvfrom(2)
    assert.same({ "he", true }, { data, truncated })
    assert.equal(a:getsockname(), from)
  end)

  for _, size in ipairs { 0, 1, 1023, 1024, 1025, 16384, 60000 } do
    it(("of %d bytes cuts a longer datagram there, and no shorter one"):format(size), function()
      local a = fixture.udp()
      local b, address = fixture.udp()
      for extra = -1, 1 do
        local data = ("x"):rep(size + extra)
        a:sendto(data, address)
        local got, from, truncated = b:recvfrom(size)
        assert.same({ math.min(#data, size), extra > 0 and #data > 0 }, { #got, truncated })
        assert.equal(a:getsockname(), from)
      end
    end)
  end

  it("cuts a datagram of AF_UNIX too, and says so", function()
    fixture.need_unix()
    local a, b = fixture.pair(socket.SOCK_DGRAM)
    a:send("hello")
    a:send("hello")
    assert.same({ "he", nil, true }, { b:recvfrom(2) })
    assert.same({ "hello", nil, false }, { b:recvfrom(5) })
  end)

  it("leaves the rest of a datagram where it only peeks, and of a stream", function()
    local a = fixture.udp()
    local b, address = fixture.udp()
    a:sendto("hello", address)
    assert.equal("he", (b:recvfrom(2, socket.MSG_PEEK)))
    assert.equal("hello", (b:recvfrom(5)))
    local client, server = fixture.tcp_pair()
    client:sendall("hello")
    assert.same({ "he", nil, false }, { server:recvfrom(2) })
    assert.equal("llo", server:recv(10))
  end)

  it("gives no more than there is where MSG_TRUNC tells the whole length", function()
    local a = fixture.udp()
    local b, address = fixture.udp()
    a:sendto("hello", address)
    assert.equal("he", (b:recvfrom(2, socket.MSG_TRUNC)))
  end)

  it("of 0 bytes consumes a datagram", function()
    local a, b = fixture.pair(socket.SOCK_DGRAM)
    a:send("one")
    a:send("two")
    assert.equal("", (b:recvfrom(0)))
    assert.equal("two", b:recv(10))
  end)

  it("gives no address on a TCP connection", function()
    local client, server = fixture.tcp_pair()
    client:sendall("x")
    assert.is_nil(select(2, server:recvfrom(1)))
  end)

  it("gives no address of an unnamed AF_UNIX peer", function()
    fixture.need_unix()
    local a, b = fixture.pair(socket.SOCK_DGRAM)
    a:send("x")
    assert.is_nil(select(2, b:recvfrom(1)))
  end)

  it("gives the name of a named AF_UNIX peer", function()
    local a = fixture.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    local b = fixture.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    a:bind(fixture.path())
    b:bind(fixture.path())
    a:sendto("x", b:getsockname())
    assert.equal(a:getsockname(), select(2, b:recvfrom(1)))
  end)
end)

-- Python's way to learn how much room the next datagram needs.
for _, name in ipairs({ "recv_into", "recvfrom_into" }) do
  it(name .. " tells how long a datagram is that MSG_TRUNC asks for, as the system does", function()
    fixture.need_lengths()
    local a, b = fixture.pair(socket.SOCK_DGRAM)
    local buffer = bytearray(2)
    b:send("hello")
    assert.equal(5, (a[name](a, buffer, { flags = socket.MSG_PEEK | socket.MSG_TRUNC })))
    assert.equal(5, (a[name](a, buffer, 1, socket.MSG_TRUNC)))
    assert.equal("he", tostring(buffer))
  end)
end

describe("recvfrom_into", function()
  it("fills a buffer and tells the sender", function()
    local a = fixture.udp()
    local b, address = fixture.udp()
    local buffer = bytearray(4)
    a:sendto("hello", address)
    local n, from, truncated = b:recvfrom_into(buffer)
    assert.same({ 4, true, "hell" }, { n, truncated, tostring(buffer) })
    assert.equal(a:getsockname(), from)
  end)

  it("refuses more bytes than the buffer has", function()
    local a = fixture.udp()
    fixture.refuses("nbytes is greater than the length of the buffer", a.recvfrom_into, a, bytearray(1), 2)
  end)
end)

describe("send", function()
  it("takes strings, bytearrays and views", function()
    local a, b = fixture.pair()
    local data = bytearray("bytes")
    assert.equal(3, a:send("str"))
    assert.equal(5, a:send(data))
    assert.equal(2, a:send(data:view(2, 3)))
    assert.equal("strbytesyt", b:recv(100))
  end)

  it("of nothing is a system call that sends nothing", function()
    local a, b = fixture.pair(socket.SOCK_DGRAM)
    assert.equal(0, a:send(""))
    assert.equal("", (b:recvfrom(10)))
  end)

  it("to a closed peer raises BrokenPipeError", function()
    fixture.need_unix() -- TCP learns of it by the answer to what is sent
    local a, b = fixture.pair()
    b:close()
    local err = fixture.raises(socket.BrokenPipeError, a.send, a, "x")
    assert.equal("EPIPE", err.name)
  end)

  it("without a peer raises EDESTADDRREQ on UDP, or ENOTCONN", function()
    local err = fixture.raises(socket.error, function() fixture.udp():send("x") end)
    assert.truthy(err.name == "EDESTADDRREQ" or err.name == "ENOTCONN", err.name)
  end)

  it("without a peer raises BrokenPipeError on TCP, or ENOTCONN", function()
    local err = fixture.raises(socket.error, function() fixture.socket():send("x") end)
    assert.truthy(socket.isinstance(err, socket.BrokenPipeError) or err.name == "ENOTCONN", err.name)
  end)

  for _, value in ipairs { 42, true, {} } do
    it("refuses a " .. type(value), function()
      local a = fixture.pair()
      local text = ("(data must be a string or bytearray, got %s)"):format(type(value))
      fixture.refuses("bad argument #1 to 'send' " .. text, a.send, a, value)
      fixture.refuses("bad argument #1 to 'sendall' " .. text, a.sendall, a, value)
    end)
  end
end)

describe("sendall", function()
  it("returns nothing", function()
    local a = fixture.pair()
    assert.equal(0, select("#", a:sendall("x")))
  end)

  it("of nothing does one send, and so sees a closed peer", function()
    local a, b = fixture.pair(socket.SOCK_SEQPACKET)
    b:close()
    fixture.raises(socket.BrokenPipeError, a.sendall, a, "")
  end)
end)

describe("sendto", function()
  it("takes flags in the middle", function()
    local a = fixture.udp()
    local b, address = fixture.udp()
    assert.equal(1, a:sendto("x", address))
    assert.equal(2, a:sendto("yz", 0, { "127.0.0.1", address.port }))
    assert.equal("x", b:recv(10))
    assert.equal("yz", b:recv(10))
  end)

  it("resolves a host name", function()
    local a = fixture.udp()
    local b, address = fixture.udp()
    a:sendto("x", { "localhost", address.port })
    assert.equal("x", b:recv(10))
  end)

  it("takes 2 or 3 arguments", function()
    local a = fixture.udp()
    fixture.refuses("sendto() takes 2 or 3 arguments (1 given)", a.sendto, a, "x")
    fixture.refuses("sendto() takes 2 or 3 arguments (4 given)", a.sendto, a, "x", 0, {}, 1)
  end)

  it("to the broadcast address without SO_BROADCAST raises PermissionError", function()
    local a = fixture.socket(socket.AF_INET, socket.SOCK_DGRAM)
    local err = fixture.raises(socket.PermissionError, a.sendto, a, "x", { "127.255.255.255", 9 })
    assert.equal("127.255.255.255:9", tostring(err.address))
  end)
end)
