-- What getoption and setoption of LuaSocket answer.

return {
  { "keepalive", function(e)
    return e.a:getoption("keepalive"), e.a:setoption("keepalive", true), e.a:getoption("keepalive")
  end, [[false 1.0 true]] },
  { "keepalive of an unconnected", function(e) return e.socket.tcp4():setoption("keepalive", true) end, [[1.0]] },
  { "a boolean is needed", function(e)
    return e.a:setoption("keepalive", 1)
  end, [[error: bad argument #2 to 'setoption' (boolean expected, got number)]] },
  { "a value is needed", function(e)
    return e.a:setoption("keepalive")
  end, [[error: bad argument #2 to 'setoption' (boolean expected, got no value)]] },
  { "a name is needed", function(e)
    return e.a:setoption()
  end, [[error: bad argument #1 to 'setoption' (string expected, got no value)]] },
  { "an unknown name", function(e)
    return e.a:setoption("foo", true)
  end, [[error: bad argument #1 to 'setoption' (unsupported option `foo')]] },
  { "an unknown name to get", function(e)
    return e.a:getoption("foo")
  end, [[error: bad argument #1 to 'getoption' (unsupported option `foo')]] },
  { "no name to get", function(e)
    return e.a:getoption()
  end, [[error: bad argument #1 to 'getoption' (string expected, got no value)]] },
  { "reuseaddr", function(e) return e.a:setoption("reuseaddr", true), e.a:getoption("reuseaddr") end, [[1.0 true]] },
  { "reuseport", function(e) return e.socket.tcp4():setoption("reuseport", true) end, [[1.0]] },
  { "tcp-nodelay", function(e)
    local before = e.a:getoption("tcp-nodelay")
    e.a:setoption("tcp-nodelay", true)
    local on = e.a:getoption("tcp-nodelay")
    return before, on, e.a:setoption("tcp-nodelay", false), e.a:getoption("tcp-nodelay")
  end, [[false true 1.0 false]] },
  { "linger", function(e) return e.a:getoption("linger") end, [[{on = false, timeout = 0}]] },
  { "linger, set", function(e)
    return e.a:setoption("linger", { on = true, timeout = 3 }), e.a:getoption("linger")
  end, [[1.0 {on = true, timeout = 3}]] },
  { "linger needs a table", function(e)
    return e.a:setoption("linger", true)
  end, [[error: bad argument #2 to 'setoption' (table expected, got boolean)]] },
  { "linger needs on", function(e)
    return e.a:setoption("linger", {})
  end, [[error: bad argument #2 to 'setoption' (boolean 'on' field expected)]] },
  { "linger needs a boolean", function(e)
    return e.a:setoption("linger", { on = 1, timeout = 1 })
  end, [[error: bad argument #2 to 'setoption' (boolean 'on' field expected)]] },
  { "linger needs a timeout", function(e)
    return e.a:setoption("linger", { on = true })
  end, [[error: bad argument #2 to 'setoption' (number 'timeout' field expected)]] },
  { "error", function(e) return e.a:getoption("error") end, [[nil]] },
  { "error of a connection that failed", function(e)
    local m = e.socket.tcp4()
    m:settimeout(0)
    m:connect("127.0.0.1", e.free)
    e.socket.select(nil, { m }, 5)
    return m:getoption("error")
  end, [["connection refused"]] },
  { "recv-buffer-size", function(e)
    return e.a:setoption("recv-buffer-size", 20000), e.a:getoption("recv-buffer-size")
  end, [[1.0 40000.0]] },
  { "send-buffer-size", function(e)
    return e.a:setoption("send-buffer-size", 20000), e.a:getoption("send-buffer-size")
  end, [[1.0 40000.0]] },
  { "tcp-keepidle", function(e) return e.a:setoption("tcp-keepidle", 60), e.a:getoption("tcp-keepidle") end, [[1.0 60.0]] },
  { "tcp-keepcnt", function(e) return e.a:setoption("tcp-keepcnt", 5), e.a:getoption("tcp-keepcnt") end, [[1.0 5.0]] },
  { "tcp-keepintvl", function(e) return e.a:setoption("tcp-keepintvl", 7), e.a:getoption("tcp-keepintvl") end, [[1.0 7.0]] },
  { "tcp-defer-accept", function(e) return e.server:setoption("tcp-defer-accept", 5) end, [[1.0]] },
  { "tcp-fastopen", function(e) return e.server:setoption("tcp-fastopen", 5) end, [[1.0]] },
  { "tcp-fastopen-connect", function(e) return e.socket.tcp4():setoption("tcp-fastopen-connect", true) end, [[1.0]] },
  { "ipv6-v6only", function(e) return e.socket.tcp6():setoption("ipv6-v6only", false) end, [[1.0]] },
  { "an option without a descriptor", function(e)
    return e.socket.tcp():setoption("reuseaddr", true)
  end, [[nil "setsockopt failed"]] },
  { "udp: broadcast", function(e) return e.udp:setoption("broadcast", true) end, [[1.0]] },
  { "udp: broadcast to get", function(e) return e.udp:getoption("broadcast") end, [[false]] },
  { "udp: dontroute", function(e) return e.udp:setoption("dontroute", true) end, [[1.0]] },
  { "udp: dontroute to get", function(e) return e.udp:getoption("dontroute") end, [[false]] },
  { "udp: reuseaddr", function(e) return e.udp:setoption("reuseaddr", true), e.udp:getoption("reuseaddr") end, [[1.0 true]] },
  { "udp: reuseport", function(e) return e.udp:setoption("reuseport", true), e.udp:getoption("reuseport") end, [[1.0 true]] },
  { "udp: ip-multicast-ttl", function(e) return e.udp:setoption("ip-multicast-ttl", 3) end, [[1.0]] },
  { "udp: ip-multicast-loop", function(e)
    return e.udp:setoption("ip-multicast-loop", false), e.udp:getoption("ip-multicast-loop")
  end, [[1.0 false]] },
  { "udp: ip-multicast-if", function(e)
    return e.udp:setoption("ip-multicast-if", "127.0.0.1"), e.udp:getoption("ip-multicast-if")
  end, [[1.0 "127.0.0.1"]] },
  { "udp: ip-multicast-if of none", function(e)
    return e.udp:setoption("ip-multicast-if", "x")
  end, [[error: bad argument #2 to 'setoption' (ip expected)]] },
  { "udp: ip-multicast-if of all", function(e) return e.udp:setoption("ip-multicast-if", "*") end, [[1.0]] },
  { "udp: ip-add-membership", function(e)
    local group = { multiaddr = "224.0.0.7", interface = "127.0.0.1" }
    return e.udp:setoption("ip-add-membership", group), e.udp:setoption("ip-drop-membership", group)
  end, [[1.0 1.0]] },
  { "udp: ip-add-membership needs a group", function(e)
    return e.udp:setoption("ip-add-membership", {})
  end, [[error: bad argument #2 to 'setoption' (string 'multiaddr' field expected)]] },
  { "udp: ip-add-membership needs a good group", function(e)
    return e.udp:setoption("ip-add-membership", { multiaddr = "x", interface = "*" })
  end, [[error: bad argument #2 to 'setoption' (invalid 'multiaddr' ip address)]] },
  { "udp: ip-add-membership needs an interface", function(e)
    return e.udp:setoption("ip-add-membership", { multiaddr = "224.0.0.7" })
  end, [[error: bad argument #2 to 'setoption' (string 'interface' field expected)]] },
  { "udp: ip-add-membership needs a good interface", function(e)
    return e.udp:setoption("ip-add-membership", { multiaddr = "224.0.0.7", interface = "x" })
  end, [[error: bad argument #2 to 'setoption' (invalid 'interface' ip address)]] },
  { "udp: ip-add-membership needs a table", function(e)
    return e.udp:setoption("ip-add-membership", "224.0.0.7")
  end, [[error: bad argument #2 to 'setoption' (table expected, got string)]] },
  { "udp6: ipv6-unicast-hops", function(e)
    local u = e.socket.udp6()
    return u:setoption("ipv6-unicast-hops", 5), u:getoption("ipv6-unicast-hops")
  end, [[1.0 5.0]] },
  { "udp6: ipv6-multicast-hops", function(e)
    local u = e.socket.udp6()
    return u:setoption("ipv6-multicast-hops", 5), u:getoption("ipv6-multicast-hops")
  end, [[1.0 5.0]] },
  { "udp6: ipv6-multicast-loop", function(e)
    local u = e.socket.udp6()
    return u:setoption("ipv6-multicast-loop", false), u:getoption("ipv6-multicast-loop")
  end, [[1.0 false]] },
  { "udp6: ipv6-add-membership", function(e)
    return e.socket.udp6():setoption("ipv6-add-membership", { multiaddr = "ff02::7", interface = 1 })
  end, [[1.0]] },
  { "udp6: ipv6-add-membership needs a group", function(e)
    return e.socket.udp6():setoption("ipv6-add-membership", { multiaddr = "x" })
  end, [[error: bad argument #2 to 'setoption' (invalid 'multiaddr' ip address)]] },
  { "udp: error", function(e) return e.udp:getoption("error") end, [[nil]] },
  { "udp: an unknown name", function(e)
    return e.udp:setoption("tcp-nodelay", true)
  end, [[error: bad argument #1 to 'setoption' (unsupported option `tcp-nodelay')]] },
  { "udp: recv-buffer-size", function(e) return e.udp:setoption("recv-buffer-size", 20000) end, [[1.0]] },
}
