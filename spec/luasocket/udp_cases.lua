-- What LuaSocket's datagram sockets answer. 'e' has `udp`, which is bound to `udp_port`, and
-- `sender`, which is connected to it.

return {
  { "udp() is unconnected", function(e) return e.socket.udp() end, [[udp{unconnected}]] },
  { "udp() has no descriptor yet", function(e) return e.socket.udp():getfd() end, [[-1.0]] },
  { "udp4() has one", function(e) return e.socket.udp4():getfd() > 2 end, [[true]] },
  { "udp() has a family all the same", function(e)
    return e.socket.udp():getfamily(), e.socket.udp4():getfamily(), e.socket.udp6():getfamily()
  end, [["inet4" "inet4" "inet6"]] },
  { "setsockname", function(e) return e.socket.udp():setsockname("127.0.0.1", 0) end, [[1.0]] },
  { "setsockname to *", function(e)
    local u = e.socket.udp4()
    u:setsockname("*", 0)
    return (u:getsockname())
  end, [["0.0.0.0"]] },
  { "setsockname of a taken port", function(e)
    return e.socket.udp():setsockname("127.0.0.1", e.udp_port)
  end, [[nil "address already in use"]] },
  { "setsockname needs a port", function(e)
    return e.socket.udp():setsockname("127.0.0.1")
  end, [[error: bad argument #2 to 'setsockname' (string expected, got no value)]] },
  { "getsockname", function(e)
    local ip, port, family = e.udp:getsockname()
    return ip, type(port), family
  end, [["127.0.0.1" "string" "inet"]] },
  { "getsockname before", function(e) return e.socket.udp():getsockname() end, [[nil "Bad file descriptor"]] },
  { "getpeername of the unconnected", function(e)
    return e.udp:getpeername()
  end, [[error: calling 'getpeername' on bad self (udp{connected} expected)]] },
  { "getpeername", function(e)
    local ip, port, family = e.sender:getpeername()
    return ip, port == e.udp_port, math.type(port), family
  end, [["127.0.0.1" true "integer" "inet"]] },
  { "setpeername connects", function(e)
    local u = e.socket.udp()
    return u:setpeername("127.0.0.1", e.udp_port), u
  end, [[1.0 udp{connected}]] },
  { "setpeername to * disconnects", function(e) local u = e.sender return u:setpeername("*"), u end, [[1.0 udp{unconnected}]] },
  { "setpeername needs a port", function(e)
    return e.socket.udp():setpeername("127.0.0.1")
  end, [[error: bad argument #2 to 'setpeername' (string expected, got no value)]] },
  { "setpeername needs a host", function(e)
    return e.socket.udp():setpeername()
  end, [[error: bad argument #1 to 'setpeername' (string expected, got no value)]] },
  { "setpeername of the connected", function(e) return e.sender:setpeername("127.0.0.1", e.udp_port) end, [[1.0]] },
  { "send", function(e) return e.sender:send("hello"), e.udp:receive() end, [[5.0 "hello"]] },
  { "send of nothing", function(e) return e.sender:send(""), e.udp:receive() end, [[0.0 ""]] },
  { "send of the unconnected", function(e)
    return e.udp:send("x")
  end, [[error: calling 'send' on bad self (udp{connected} expected)]] },
  { "send needs a text", function(e)
    return e.sender:send()
  end, [[error: bad argument #1 to 'send' (string expected, got no value)]] },
  { "sendto", function(e)
    return e.socket.udp4():sendto("hello", "127.0.0.1", e.udp_port), e.udp:receive()
  end, [[5.0 "hello"]] },
  { "sendto without a descriptor yet", function(e)
    return e.socket.udp():sendto("hello", "127.0.0.1", e.udp_port), e.udp:receive()
  end, [[5.0 "hello"]] },
  { "sendto of the connected", function(e)
    return e.sender:sendto("x", "127.0.0.1", e.udp_port)
  end, [[error: calling 'sendto' on bad self (udp{unconnected} expected)]] },
  { "sendto takes a port as text", function(e) return e.udp:sendto("x", "127.0.0.1", tostring(e.udp_port)) end, [[1.0]] },
  { "sendto takes no name", function(e)
    return e.udp:sendto("x", "localhost", e.udp_port)
  end, [[nil "Name or service not known"]] },
  { "sendto needs a port", function(e)
    return e.udp:sendto("x", "127.0.0.1")
  end, [[error: bad argument #3 to 'sendto' (string expected, got no value)]] },
  { "sendto needs a host", function(e)
    return e.udp:sendto("x")
  end, [[error: bad argument #2 to 'sendto' (string expected, got no value)]] },
  { "a datagram that is too long", function(e) return e.sender:send(("x"):rep(70000)) end, [[nil "Message too long"]] },
  { "receive takes the whole", function(e) e.sender:send(("x"):rep(8192)) return #e.udp:receive() end, [[8192]] },
  { "receive cuts what is longer than its buffer", function(e)
    e.sender:send(("x"):rep(9000))
    return #e.udp:receive()
  end, [[8192]] },
  { "receive of more", function(e) e.sender:send(("x"):rep(9000)) return #e.udp:receive(9000) end, [[9000]] },
  { "receive of less cuts", function(e)
    e.sender:send("hello")
    e.sender:send("next")
    return e.udp:receive(2), e.udp:receive()
  end, [["he" "next"]] },
  { "receive of 0", function(e)
    e.sender:send("hello")
    e.sender:send("next")
    return e.udp:receive(0), e.udp:receive()
  end, [["" "next"]] },
  { "receive needs a number", function(e)
    return e.udp:receive("x")
  end, [[error: bad argument #1 to 'receive' (number expected, got string)]] },
  { "receive when nothing comes", function(e) e.udp:settimeout(0) return e.udp:receive() end, [[nil "timeout"]] },
  { "receive under a timeout", function(e) e.udp:settimeout(0.01) return e.udp:receive() end, [[nil "timeout"]] },
  { "receivefrom", function(e)
    e.sender:send("hello")
    local data, ip, port = e.udp:receivefrom()
    local _, from = e.sender:getsockname()
    return data, ip, port == tonumber(from), math.type(port)
  end, [["hello" "127.0.0.1" true "integer"]] },
  { "receivefrom of less cuts", function(e) e.sender:send("hello") return (e.udp:receivefrom(2)) end, [["he"]] },
  { "receivefrom of nothing", function(e)
    e.sender:send("")
    local data, ip = e.udp:receivefrom()
    return data, ip
  end, [["" "127.0.0.1"]] },
  { "receivefrom when nothing comes", function(e) e.udp:settimeout(0) return e.udp:receivefrom() end, [[nil "timeout"]] },
  { "receivefrom of the connected", function(e)
    return e.sender:receivefrom()
  end, [[error: calling 'receivefrom' on bad self (udp{unconnected} expected)]] },
  { "an answer", function(e)
    e.sender:send("ping")
    local _, ip, port = e.udp:receivefrom()
    e.udp:sendto("pong", ip, port)
    return e.sender:receive()
  end, [["pong"]] },
  { "nobody listens", function(e)
    local u = e.sender
    u:setpeername("*")
    e.udp:close()
    u = e.socket.udp()
    u:setpeername("127.0.0.1", e.udp_port)
    u:settimeout(10)
    return u:send("x"), u:receive()
  end, [[1.0 nil "connection refused"]] },
  { "settimeout", function(e) return e.udp:settimeout(1, "t"), e.udp:gettimeout() end, [[1.0 10.0 1.0]] },
  { "dirty", function(e) return e.udp:dirty() end, [[false]] },
  { "close", function(e) return e.udp:close(), e.udp:close(), e.udp:getfd() end, [[1.0 1.0 -1.0]] },
  { "closed: send", function(e) e.sender:close() return e.sender:send("x") end, [[nil "refused"]] },
  { "closed: sendto", function(e) e.udp:close() return e.udp:sendto("x", "127.0.0.1", 9) end, [[nil "refused"]] },
  { "closed: getsockname", function(e) e.udp:close() return e.udp:getsockname() end, [[nil "Bad file descriptor"]] },
  { "setfd", function(e) local u = e.socket.udp() return u:setfd(-1), u:getfd() end, [[nil -1.0]] },
  { "an IPv6 socket", function(e)
    local u = e.socket.udp6()
    u:setsockname("::1", 0)
    local ip, port, family = u:getsockname()
    return ip, u:sendto("x", "::1", port), u:receive(), family
  end, [["::1" 1.0 "x" "inet6"]] },
}
