-- What LuaSocket's sockets of AF_UNIX answer. 'e' has the ends `c` and `d` of a connection, its
-- `listener`, and a `path` that is free.

return {
  { "stream() is a master", function(e) return e.unix.stream() end, [[unixstream{master}]] },
  { "dgram() is unconnected", function(e) return e.unix.dgram() end, [[unixdgram{unconnected}]] },
  { "the older names", function(e) return e.unix.tcp(), e.unix.udp() end, [[unixstream{master} unixdgram{unconnected}]] },
  { "the module is called as stream", function(e) return e.unix() end, [[unixstream{master}]] },
  { "a new one has a descriptor", function(e)
    return e.unix.stream():getfd() > 2, e.unix.dgram():getfd() > 2
  end, [[true true]] },
  { "bind", function(e) local m = e.unix.stream() return m:bind(e.path), m:getsockname() == e.path end, [[1.0 true]] },
  { "bind of a path that is taken", function(e)
    return e.unix.stream():bind(e.listener and e.path)
  end, [[nil "address already in use"]] },
  { "a stream whose bind failed is closed", function(e)
    local m = e.unix.stream()
    m:bind(e.listener and e.path)
    return m:getfd()
  end, [[-1.0]] },
  { "bind in no folder", function(e) return e.unix.stream():bind("/nonexistent/x") end, [[nil "No such file or directory"]] },
  { "bind of a path that is too long", function(e) return e.unix.stream():bind(("x"):rep(200)) end, [[nil "path too long"]] },
  { "bind of nothing", function(e)
    return e.unix.stream():bind()
  end, [[error: bad argument #1 to 'bind' (string expected, got no value)]] },
  { "listen makes a server", function(e)
    local m = e.unix.stream()
    m:bind(e.path)
    return m:listen(), m
  end, [[1.0 unixstream{server}]] },
  { "connect", function(e)
    local m = e.unix.stream()
    return m:connect(e.listener and e.path), m
  end, [[1.0 unixstream{client}]] },
  { "connect where nobody listens", function(e)
    return e.unix.stream():connect(e.path)
  end, [[nil "No such file or directory"]] },
  { "connect to a path that is too long", function(e)
    return e.unix.stream():connect(("x"):rep(200))
  end, [[nil "path too long"]] },
  { "accept", function(e) return e.d end, [[unixstream{client}]] },
  { "accept when nobody comes", function(e) e.listener:settimeout(0) return e.listener:accept() end, [[nil "timeout"]] },
  { "getsockname", function(e) return e.d:getsockname() == e.path, e.c:getsockname() end, [[true ""]] },
  { "no getpeername", function(e) return e.c.getpeername, e.c.getoption, e.c.gettimeout end, [[nil nil nil]] },
  { "a line", function(e) e.c:send("one\ntwo\n") return e.d:receive(), e.d:receive("*l") end, [["one" "two" nil nil]] },
  { "n bytes", function(e) e.c:send("hello") return e.d:receive(3), e.d:receive(2) end, [["hel" "lo" nil nil]] },
  { "all", function(e) e.c:send("hello") e.c:close() return e.d:receive("*a") end, [["hello" nil nil]] },
  { "the end", function(e) e.c:close() return e.d:receive() end, [[nil "closed" ""]] },
  { "a part", function(e) e.c:send("on") e.d:settimeout(0.01) return e.d:receive() end, [[nil "timeout" "on"]] },
  { "send of a part", function(e) return e.c:send("hello", 2, 3), e.d:receive(2) end, [[3.0 "el" nil nil]] },
  { "shutdown", function(e) return e.c:shutdown("send"), e.d:receive() end, [[1.0 nil "closed" ""]] },
  { "send to an end that is closed", function(e) e.d:close() return e.c:send("x") end, [[nil "closed" 0.0]] },
  { "dirty", function(e) e.c:send("one\ntwo\n") e.d:receive() return e.d:dirty() end, [[true]] },
  { "getstats", function(e) e.c:send("12345") local got, sent = e.c:getstats() return got, sent end, [[0.0 5.0]] },
  { "settimeout", function(e) return e.c:settimeout(1) end, [[1.0]] },
  { "setoption of reuseaddr", function(e) return e.c:setoption("reuseaddr", true) end, [[1.0]] },
  { "setoption of an unknown name", function(e)
    return e.c:setoption("tcp-nodelay", true)
  end, [[error: bad argument #1 to 'setoption' (unsupported option `tcp-nodelay')]] },
  { "close", function(e) return e.c:close(), e.c:close(), e.c:getfd() end, [[1.0 1.0 -1.0]] },
  { "closed: send", function(e) e.c:close() return e.c:send("x") end, [[nil "closed" 0.0]] },
  { "a client does not listen", function(e)
    return e.c:listen()
  end, [[error: calling 'listen' on bad self (unixstream{master} expected)]] },
  { "a listener does not receive", function(e)
    return e.listener:receive()
  end, [[error: calling 'receive' on bad self (unixstream{client} expected)]] },
  { "dgram: bind", function(e) local u = e.unix.dgram() return u:bind(e.path), u:getsockname() == e.path end, [[1.0 true]] },
  { "dgram: sendto", function(e)
    local u = e.unix.dgram()
    u:bind(e.path)
    return e.unix.dgram():sendto("xyz", e.path), u:receive()
  end, [[3.0 "xyz"]] },
  { "dgram: sendto nobody", function(e) return e.unix.dgram():sendto("xyz", e.path) end, [[nil "No such file or directory"]] },
  { "dgram: connect", function(e)
    local u, v = e.unix.dgram(), e.unix.dgram()
    u:bind(e.path)
    return v:connect(e.path), v, v:send("xyz"), u:receive()
  end, [[1.0 unixdgram{connected} 3.0 "xyz"]] },
  { "dgram: connect to nobody", function(e) return e.unix.dgram():connect(e.path) end, [[nil "No such file or directory"]] },
  { "dgram: receivefrom tells the path", function(e)
    local u, v = e.unix.dgram(), e.unix.dgram()
    u:bind(e.path)
    local other = os.tmpname()
    os.remove(other)
    e.paths[2] = other
    v:bind(other)
    v:sendto("xyz", e.path)
    local data, from = u:receivefrom()
    return data, from == other
  end, [["xyz" true]] },
  { "dgram: receive when nothing comes", function(e)
    local u = e.unix.dgram()
    u:settimeout(0)
    return u:receive()
  end, [[nil "timeout"]] },
  { "dgram: sendto of the connected", function(e)
    local u, v = e.unix.dgram(), e.unix.dgram()
    u:bind(e.path)
    v:connect(e.path)
    return v:sendto("x", e.path)
  end, [[error: calling 'sendto' on bad self (unixdgram{unconnected} expected)]] },
  { "dgram: send of the unconnected", function(e)
    return e.unix.dgram():send("x")
  end, [[error: calling 'send' on bad self (unixdgram{connected} expected)]] },
}
