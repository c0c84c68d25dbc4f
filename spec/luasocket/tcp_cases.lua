-- What LuaSocket's streams answer: an example, and its results as spec/luasocket/examples.lua
-- writes them. 'e' has a connection's ends `a` and `b`, its `server`, and the module `socket`.

return {
  -- creation
  { "tcp() is a master", function(e) return e.socket.tcp() end, [[tcp{master}]] },
  { "tcp() has no descriptor yet", function(e) return e.socket.tcp():getfd() end, [[-1.0]] },
  { "tcp4() has a descriptor", function(e) return e.socket.tcp4():getfd() > 2 end, [[true]] },
  { "tcp6() has a descriptor", function(e) return e.socket.tcp6():getfd() > 2 end, [[true]] },
  { "tcp() says inet", function(e) return e.socket.tcp():getfamily() end, [["inet4"]] },
  { "tcp4() is of inet", function(e) return e.socket.tcp4():getfamily() end, [["inet4"]] },
  { "tcp6() is of inet6", function(e) return e.socket.tcp6():getfamily() end, [["inet6"]] },
  { "an object is userdata", function(e) return type(e.a) end, [["userdata"]] },
  { "tostring names the class", function(e) return (tostring(e.a):gsub("0?x?%x+$", "ADDRESS")) end, [["tcp{client}: ADDRESS"]] },
  { "the metatable has the class's name", function(e) return getmetatable(e.a).__name end, [["tcp{client}"]] },
  { "the methods are in a plain table", function(e) return type(getmetatable(e.a).__index) end, [["table"]] },
  { "that table has no metatable", function(e) return getmetatable(getmetatable(e.a).__index) end, [[nil]] },
  { "a field of the object is the class", function(e) return e.a.class, e.server.class end, [["tcp{client}" "tcp{server}"]] },
  { "clients share their methods", function(e)
    return getmetatable(e.a) == getmetatable(e.b), e.a.send == e.b.send
  end, [[true true]] },
  { "an unknown field is nil", function(e) return e.a.nothing end, [[nil]] },
  { "a field cannot be set", function(e) e.a.field = 1 end, [[error: attempt to index a tcp{client} value (field 'a')]] },

  -- bind, listen
  { "bind(host, 0) makes a server", function(e) return e.socket.bind("127.0.0.1", 0) end, [[tcp{server}]] },
  { "bind resolves a name", function(e) return (e.socket.bind("localhost", 0):getsockname()) ~= nil end, [[true]] },
  { "bind takes * for every interface", function(e)
    local _, _, family = e.socket.bind("*", 0):getsockname()
    return family
  end, [["inet"]] },
  { "a port is text in getsockname", function(e) local _, port = e.server:getsockname() return type(port) end, [["string"]] },
  { "getsockname has address and family", function(e)
    local ip, _, family = e.server:getsockname()
    return ip, family
  end, [["127.0.0.1" "inet"]] },
  { "a taken port is refused", function(e) return e.socket.bind("127.0.0.1", e.port) end, [[nil "address already in use"]] },
  { "an address that is not ours is refused", function(e)
    return e.socket.bind("192.0.2.1", 0)
  end, [[nil "Cannot assign requested address"]] },
  { "bind needs a host", function(e)
    return e.socket.bind(nil, 0)
  end, [[error: bad argument #1 to 'getaddrinfo' (string expected, got nil)]] },
  { "bind needs a port", function(e)
    return e.socket.bind("127.0.0.1")
  end, [[error: bad argument #2 to 'bind' (string expected, got nil)]] },
  { "master:bind of a free port", function(e) return e.socket.tcp():bind("127.0.0.1", 0) end, [[1.0]] },
  { "master:bind takes a port as text", function(e) return e.socket.tcp():bind("127.0.0.1", "0") end, [[1.0]] },
  { "master:bind of a taken port", function(e)
    return e.socket.tcp():bind("127.0.0.1", e.port)
  end, [[nil "address already in use"]] },
  { "a master whose bind failed is a master", function(e)
    local m = e.socket.tcp()
    m:bind("127.0.0.1", e.port)
    return m, m:bind("127.0.0.1", 0)
  end, [[tcp{master} 1.0]] },
  { "master:bind of another's address", function(e)
    return e.socket.tcp():bind("192.0.2.1", 0)
  end, [[nil "Cannot assign requested address"]] },
  { "master:bind with an unknown service", function(e)
    return e.socket.tcp():bind("127.0.0.1", "nosuchservice")
  end, [[nil "service not supported for socket type"]] },
  { "setsockname is bind", function(e) return e.a.setsockname == e.a.bind end, [[true]] },
  { "tcp4 binds *", function(e) local m = e.socket.tcp4() m:bind("*", 0) return (m:getsockname()) end, [["0.0.0.0"]] },
  { "tcp6 binds *", function(e) local m = e.socket.tcp6() m:bind("*", 0) return (m:getsockname()) end, [["::"]] },
  { "tcp4 does not bind ::1", function(e) return (e.socket.tcp4():bind("::1", 0)) end, [[nil]] },
  { "listen makes a server of a bound master", function(e)
    local m = e.socket.tcp()
    m:bind("127.0.0.1", 0)
    return m:listen(), m
  end, [[1.0 tcp{server}]] },
  { "listen takes a backlog", function(e) local m = e.socket.tcp() m:bind("127.0.0.1", 0) return m:listen(5) end, [[1.0]] },
  { "listen needs a number", function(e)
    local m = e.socket.tcp()
    m:bind("127.0.0.1", 0)
    return m:listen("x")
  end, [[error: bad argument #1 to 'listen' (number expected, got string)]] },
  { "listen needs a descriptor", function(e) return e.socket.tcp():listen() end, [[nil "Bad file descriptor"]] },
  { "listen without a bind chooses a port", function(e) return e.socket.tcp4():listen() end, [[1.0]] },
  { "a server does not listen again", function(e)
    return e.server:listen()
  end, [[error: calling 'listen' on bad self (tcp{master} expected)]] },
  { "a client does not listen", function(e)
    return e.a:listen()
  end, [[error: calling 'listen' on bad self (tcp{master} expected)]] },

  -- connect
  { "connect(host, port)", function(e) return e.socket.connect("127.0.0.1", e.port) end, [[tcp{client}]] },
  { "connect takes a port as text", function(e) return e.socket.connect("127.0.0.1", tostring(e.port)) end, [[tcp{client}]] },
  { "connect resolves a name", function(e) return e.socket.connect("localhost", e.port) end, [[tcp{client}]] },
  { "connect4", function(e) return e.socket.connect4("127.0.0.1", e.port) end, [[tcp{client}]] },
  { "connect6 where nobody listens", function(e) return (e.socket.connect6("::1", e.free)) end, [[nil]] },
  { "connect from an address of ours", function(e)
    return (e.socket.connect("127.0.0.1", e.port, "127.0.0.1", 0):getsockname())
  end, [["127.0.0.1"]] },
  { "connect from another's address", function(e)
    return e.socket.connect("127.0.0.1", e.port, "192.0.2.1", 0)
  end, [[nil "Cannot assign requested address"]] },
  { "connect with a family", function(e) return e.socket.connect("127.0.0.1", e.port, nil, nil, "inet") end, [[tcp{client}]] },
  { "connect with an unknown family", function(e)
    return e.socket.connect("127.0.0.1", e.port, nil, nil, "foo")
  end, [[error: bad argument #5 to 'connect' (invalid option 'foo')]] },
  { "connect needs a host", function(e)
    return e.socket.connect()
  end, [[error: bad argument #1 to 'connect' (string expected, got no value)]] },
  { "connect needs a port", function(e)
    return e.socket.connect("127.0.0.1")
  end, [[error: bad argument #2 to 'connect' (string expected, got no value)]] },
  { "nobody listens", function(e) return e.socket.connect("127.0.0.1", e.free) end, [[nil "connection refused"]] },
  { "an unknown service", function(e)
    return e.socket.connect("127.0.0.1", "nosuchservice")
  end, [[nil "service not supported for socket type"]] },
  { "master:connect", function(e) local m = e.socket.tcp() return m:connect("127.0.0.1", e.port), m end, [[1.0 tcp{client}]] },
  { "master:connect where nobody listens", function(e)
    return e.socket.tcp():connect("127.0.0.1", e.free)
  end, [[nil "connection refused"]] },
  { "tcp4 to an IPv6 address", function(e) return (e.socket.tcp4():connect("::1", e.port)) end, [[nil]] },
  { "tcp6 to an IPv4 address", function(e) return (e.socket.tcp6():connect("127.0.0.1", e.port)) end, [[nil]] },
  { "setpeername is connect", function(e) return e.a.setpeername == e.a.connect end, [[true]] },
  { "master:connect needs a port", function(e)
    return e.socket.tcp():connect("127.0.0.1")
  end, [[error: bad argument #2 to 'connect' (string expected, got no value)]] },
  { "a client may ask again what became of its connection", function(e) return e.a:connect("127.0.0.1", e.port) end, [[1.0]] },
  { "a connect that does not wait", function(e)
    local m = e.socket.tcp4()
    m:settimeout(0)
    return m:connect("127.0.0.1", e.port)
  end, [[nil "timeout"]] },
  { "which is writable in the end", function(e)
    local m = e.socket.tcp4()
    m:settimeout(0)
    m:connect("127.0.0.1", e.port)
    local _, w = e.socket.select(nil, { m }, 5)
    return #w, m:connect("127.0.0.1", e.port)
  end, [[1 1.0]] },
  { "getpeername of a client", function(e)
    local ip, port, family = e.a:getpeername()
    return ip, port == e.port, math.type(port), family
  end, [["127.0.0.1" true "integer" "inet"]] },
  { "getpeername of a master", function(e)
    return e.socket.tcp4():getpeername()
  end, [[nil "Transport endpoint is not connected"]] },
  { "getpeername of a server", function(e) return e.server:getpeername() end, [[nil "Transport endpoint is not connected"]] },
  { "getpeername without a descriptor", function(e) return e.socket.tcp():getpeername() end, [[nil "Bad file descriptor"]] },
  { "both ends agree", function(e)
    local _, port = e.a:getsockname()
    local _, peer = e.b:getpeername()
    return port == tostring(peer)
  end, [[true]] },

  -- accept
  { "accept gives a client", function(e) e:connect() return e.server:accept() end, [[tcp{client}]] },
  { "accept gives a client without a timeout", function(e)
    e:connect()
    return e.server:accept():gettimeout()
  end, [[-1.0 -1.0]] },
  { "accept when nobody comes", function(e) e.server:settimeout(0) return e.server:accept() end, [[nil "timeout"]] },
  { "accept under a timeout", function(e) e.server:settimeout(0.01) return e.server:accept() end, [[nil "timeout"]] },
  { "a client does not accept", function(e)
    return e.a:accept()
  end, [[error: calling 'accept' on bad self (tcp{server} expected)]] },
  { "a master does not accept", function(e)
    return e.socket.tcp():accept()
  end, [[error: calling 'accept' on bad self (tcp{server} expected)]] },
  { "a server does not send", function(e)
    return e.server:send("x")
  end, [[error: calling 'send' on bad self (tcp{client} expected)]] },
  { "a server does not receive", function(e)
    return e.server:receive()
  end, [[error: calling 'receive' on bad self (tcp{client} expected)]] },
  { "a master does not send", function(e)
    return e.socket.tcp():send("x")
  end, [[error: calling 'send' on bad self (tcp{client} expected)]] },
  { "a method of something else", function(e)
    return e.a.send(1, "x")
  end, [[error: bad argument #1 to 'send' (tcp{client} expected)]] },
  { "a method of an object of another kind", function(e)
    return e.a.send(e.socket.udp(), "x")
  end, [[error: bad argument #1 to 'send' (tcp{client} expected)]] },
  { "a method without an object", function(e)
    return e.a.getfd()
  end, [[error: bad argument #1 to 'getfd' (tcp{any} expected)]] },

  -- send
  { "send counts", function(e) return e.a:send("hello") end, [[5.0 nil nil]] },
  { "send of nothing", function(e) return e.a:send("") end, [[0.0 nil nil]] },
  { "send of a part", function(e) return e.a:send("hello", 2, 3), e.b:receive(2) end, [[3.0 "el" nil nil]] },
  { "send from a place on", function(e) return e.a:send("hello", 4), e.b:receive(2) end, [[5.0 "lo" nil nil]] },
  { "send from the end", function(e) return e.a:send("hello", -2), e.b:receive(2) end, [[5.0 "lo" nil nil]] },
  { "send up to a place from the end", function(e) return e.a:send("hello", 1, -2), e.b:receive(4) end, [[4.0 "hell" nil nil]] },
  { "send from before the start", function(e) return e.a:send("hello", -20, 2), e.b:receive(2) end, [[2.0 "he" nil nil]] },
  { "send from 0", function(e) return e.a:send("hello", 0), e.b:receive(5) end, [[5.0 "hello" nil nil]] },
  { "send beyond the end", function(e) return e.a:send("hello", 3, 99), e.b:receive(3) end, [[5.0 "llo" nil nil]] },
  { "send from beyond the end", function(e) return e.a:send("hello", 7) end, [[6.0 nil nil]] },
  { "send of an empty range", function(e) return e.a:send("hello", 4, 2) end, [[3.0 nil nil]] },
  { "send of a number", function(e) return e.a:send(123), e.b:receive(3) end, [[3.0 "123" nil nil]] },
  { "send of nil", function(e) return e.a:send(nil) end, [[error: bad argument #1 to 'send' (string expected, got nil)]] },
  { "send of a table", function(e) return e.a:send({}) end, [[error: bad argument #1 to 'send' (string expected, got table)]] },
  { "send from a text", function(e)
    return e.a:send("hello", "x")
  end, [[error: bad argument #2 to 'send' (number expected, got string)]] },
  { "send that does not fit, and what went", function(e)
    e.a:settimeout(0)
    local ok, err, last = e.a:send(("x"):rep(16000000))
    return ok, err, last > 0 and last < 16000000
  end, [[nil "timeout" true]] },
  { "send under a timeout that does not fit", function(e)
    e.a:settimeout(0.01)
    local ok, err, last = e.a:send(("x"):rep(16000000))
    return ok, err, last > 0 and last < 16000000
  end, [[nil "timeout" true]] },
  { "the last byte sent counts from the start of the text", function(e)
    e.a:settimeout(0)
    local data = ("x"):rep(16000000)
    local _, _, last = e.a:send(data, 100)
    local _, _, again = e.a:send(data, last + 1)
    return last > 100, again >= last
  end, [[true true]] },
  { "send to an end that is closed", function(e)
    e.b:close()
    e.a:send("x")
    e:settle()
    return e.a:send("x")
  end, [[nil "closed" 0.0]] },
  { "send after shutdown", function(e) e.a:shutdown("send") return e.a:send("x") end, [[nil "closed" 0.0]] },

  -- timeouts
  { "a new object has no timeout", function(e) return e.socket.tcp():gettimeout() end, [[-1.0 -1.0]] },
  { "settimeout", function(e) return e.a:settimeout(1.5), e.a:gettimeout() end, [[1.0 1.5 -1.0]] },
  { "settimeout of both modes", function(e)
    e.a:settimeout(2, "b")
    e.a:settimeout(3, "t")
    return e.a:gettimeout()
  end, [[2.0 3.0]] },
  { "settimeout of total by an older letter", function(e) e.a:settimeout(3, "r") return e.a:gettimeout() end, [[10.0 3.0]] },
  { "settimeout by a longer word", function(e) e.a:settimeout(3, "total") return e.a:gettimeout() end, [[10.0 3.0]] },
  { "settimeout of nil", function(e) e.a:settimeout(1) return e.a:settimeout(nil), e.a:gettimeout() end, [[1.0 -1.0 -1.0]] },
  { "settimeout of nothing", function(e) e.a:settimeout(1) return e.a:settimeout(), e.a:gettimeout() end, [[1.0 -1.0 -1.0]] },
  { "settimeout of a negative number", function(e) e.a:settimeout(-5) return e.a:gettimeout() end, [[-5.0 -1.0]] },
  { "settimeout takes a number as text", function(e) e.a:settimeout("2") return e.a:gettimeout() end, [[2.0 -1.0]] },
  { "settimeout of a text", function(e)
    return e.a:settimeout("x")
  end, [[error: bad argument #1 to 'settimeout' (number expected, got string)]] },
  { "settimeout of an unknown mode", function(e)
    return e.a:settimeout(1, "x")
  end, [[error: bad argument #2 to 'settimeout' (invalid timeout mode)]] },
  { "settimeout of a server", function(e) return e.server:settimeout(1) end, [[1.0]] },
  { "the time is not up before", function(e)
    e.b:settimeout(0.02)
    local start = e.socket.gettime()
    e.b:receive()
    return e.socket.gettime() - start >= 0.019
  end, [[true]] },
  { "the total time is not up before", function(e)
    e.b:settimeout(nil)
    e.b:settimeout(0.02, "t")
    local start = e.socket.gettime()
    local _, err = e.b:receive()
    return err, e.socket.gettime() - start >= 0.019
  end, [["timeout" true]] },
  { "the shorter of both", function(e)
    e.b:settimeout(5)
    e.b:settimeout(0.02, "t")
    return e.b:receive()
  end, [[nil "timeout" ""]] },
  { "the shorter of both, the other way", function(e)
    e.b:settimeout(0.02)
    e.b:settimeout(5, "t")
    return e.b:receive()
  end, [[nil "timeout" ""]] },
  { "a timeout of 0 with data there", function(e)
    e.a:send("x\n")
    e:arrived(e.b)
    e.b:settimeout(0)
    return e.b:receive()
  end, [["x" nil nil]] },
  { "a timeout of a microsecond", function(e) e.b:settimeout(1e-6) return e.b:receive() end, [[nil "timeout" ""]] },

  -- shutdown, close
  { "shutdown of sending", function(e) return e.a:shutdown("send"), e.b:receive() end, [[1.0 nil "closed" ""]] },
  { "shutdown of receiving", function(e) return e.a:shutdown("receive"), e.a:receive() end, [[1.0 nil "closed" ""]] },
  { "shutdown of both", function(e) return e.a:shutdown("both") end, [[1.0]] },
  { "shutdown of both unasked", function(e) return e.a:shutdown(), e.b:receive() end, [[1.0 nil "closed" ""]] },
  { "shutdown in an unknown way", function(e)
    return e.a:shutdown("x")
  end, [[error: bad argument #1 to 'shutdown' (invalid option 'x')]] },
  { "shutdown of a server", function(e)
    return e.server:shutdown()
  end, [[error: calling 'shutdown' on bad self (tcp{client} expected)]] },
  { "close", function(e) return e.a:close() end, [[1.0]] },
  { "close again", function(e) e.a:close() return e.a:close() end, [[1.0]] },
  { "closed: getfd", function(e) e.a:close() return e.a:getfd() end, [[-1.0]] },
  { "closed: send", function(e) e.a:close() return e.a:send("x") end, [[nil "closed" 0.0]] },
  { "closed: receive", function(e) e.a:close() return e.a:receive() end, [[nil "closed" ""]] },
  { "closed: receive with a prefix", function(e) e.a:close() return e.a:receive("*l", "pre") end, [[nil "closed" "pre"]] },
  { "closed: receive all", function(e) e.a:close() return e.a:receive("*a") end, [[nil "closed" ""]] },
  { "closed: receive n", function(e) e.a:close() return e.a:receive(3) end, [[nil "closed" ""]] },
  { "closed: what was received stays", function(e)
    e.a:send("one\ntwo\n")
    e.b:receive()
    e.b:close()
    return e.b:receive()
  end, [["two" nil nil]] },
  { "closed: accept", function(e) e.server:close() return e.server:accept() end, [[nil "closed"]] },
  { "closed: getsockname", function(e) e.a:close() return e.a:getsockname() end, [[nil "Bad file descriptor"]] },
  { "closed: getpeername", function(e) e.a:close() return e.a:getpeername() end, [[nil "Bad file descriptor"]] },
  { "closed: settimeout", function(e) e.a:close() return e.a:settimeout(1) end, [[1.0]] },
  { "closed: dirty", function(e) e.a:close() return e.a:dirty() end, [[false]] },
  { "closed: the class stays", function(e) e.a:close() return e.a end, [[tcp{client}]] },
  { "closed: getoption", function(e) e.a:close() return e.a:getoption("tcp-nodelay") end, [[nil "getsockopt failed"]] },
  { "closed: setoption", function(e) e.a:close() return e.a:setoption("tcp-nodelay", true) end, [[nil "setsockopt failed"]] },
  { "an object is closed at the end of its scope", function(e) return getmetatable(e.a).__gc ~= nil end, [[true]] },

  -- dirty, getfd, setfd, stats
  { "dirty after a part of what came", function(e) e.a:send("one\ntwo\n") e.b:receive() return e.b:dirty() end, [[true]] },
  { "not dirty at first", function(e) return e.b:dirty(), e.server:dirty() end, [[false false]] },
  { "not dirty once all is read", function(e) e.a:send("one\n") e.b:receive() return e.b:dirty() end, [[false]] },
  { "a master is not dirty", function(e) return e.socket.tcp():dirty() end, [[false]] },
  { "setfd", function(e) local m = e.socket.tcp() return m:setfd(-1), m:getfd() end, [[nil -1.0]] },
  { "setfd of nothing", function(e)
    return e.socket.tcp():setfd()
  end, [[error: bad argument #1 to 'setfd' (number expected, got no value)]] },
  { "setfd gives a descriptor away", function(e)
    local fd = e.a:getfd()
    e.a:setfd(-1)
    local m = e.socket.tcp()
    m:setfd(fd)
    return e.a:getfd(), m:getfd() == fd, m:getpeername() ~= nil
  end, [[-1.0 true true]] },
  { "getstats counts bytes", function(e)
    e.a:send("12345")
    e.b:receive(3)
    local got = e.b:getstats()
    local _, sent = e.a:getstats()
    return got, sent
  end, [[3.0 5.0]] },
  { "getstats has an age", function(e) local _, _, age = e.a:getstats() return age >= 0 and age < 60 end, [[true]] },
  { "getstats counts what was received", function(e)
    e.a:send("12345")
    e.b:settimeout(0.01)
    e.b:receive(9)
    return (e.b:getstats())
  end, [[5.0]] },
  { "setstats", function(e) return e.a:setstats(10, 20), e.a:getstats() == 10 end, [[1.0 true]] },
  { "setstats of an age", function(e)
    e.a:setstats(10, 20, 30)
    local got, sent, age = e.a:getstats()
    return got, sent, age >= 29.9 and age < 60
  end, [[10.0 20.0 true]] },
  { "setstats of nothing", function(e) e.a:send("123") e.a:setstats() local _, sent = e.a:getstats() return sent end, [[3.0]] },
  { "setstats of a text", function(e)
    return e.a:setstats("x")
  end, [[error: bad argument #1 to 'setstats' (number expected, got string)]] },
  { "getstats of a server", function(e)
    return (e.server:getstats())
  end, [[error: calling 'getstats' on bad self (tcp{client} expected)]] },
}
