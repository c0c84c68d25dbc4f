-- What the functions of LuaSocket's module answer: select, sleep, try and protect, dns, sinks and
-- sources.

return {
  -- select
  { "select of what is ready", function(e)
    e.a:send("x")
    local r, w, err = e.socket.select({ e.b, e.server }, { e.a }, 5)
    return #r, r[1] == e.b, #w, w[1] == e.a, err
  end, [[1 true 1 true nil]] },
  { "select's lists are sets too", function(e)
    e.a:send("x")
    local r = e.socket.select({ e.b, e.server }, nil, 5)
    return r[e.b], r[e.server]
  end, [[1.0 nil]] },
  { "select of nothing ready", function(e)
    local r, w, err = e.socket.select({ e.b }, nil, 0)
    return #r, #w, err
  end, [[0 0 "timeout"]] },
  { "select under a timeout", function(e)
    local r, w, err = e.socket.select({ e.b }, nil, 0.01)
    return #r, #w, err
  end, [[0 0 "timeout"]] },
  { "select of nothing", function(e) return e.socket.select({}, {}, 0) end, [[{} {} "timeout"]] },
  { "select of nil", function(e) return e.socket.select(nil, nil, 0) end, [[{} {} "timeout"]] },
  { "select of nothing waits", function(e)
    local start = e.socket.gettime()
    e.socket.select(nil, nil, 0.01)
    return e.socket.gettime() - start >= 0.009
  end, [[true]] },
  { "select of what has been received", function(e)
    e.a:send("one\ntwo\n")
    e.b:receive()
    return #e.socket.select({ e.b }, nil, 0)
  end, [[1]] },
  { "select of what was received does not wait", function(e)
    e.a:send("one\ntwo\n")
    e.b:receive()
    return #e.socket.select({ e.b })
  end, [[1]] },
  { "what has been received does not hide the others", function(e)
    e.a:send("one\ntwo\n")
    e.b:receive()
    e:connect()
    e:arrived(e.server)
    local r, w = e.socket.select({ e.server, e.b }, { e.a }, 5)
    return #r, r[e.server] ~= nil, r[e.b] ~= nil, #w
  end, [[2 true true 1]] },
  { "select of what is to be accepted", function(e)
    e:connect()
    return e.socket.select({ e.server }, nil, 5)[1] == e.server
  end, [[true]] },
  { "select of an end", function(e) e.a:close() return #e.socket.select({ e.b }, nil, 5) end, [[1]] },
  { "select of a closed object", function(e)
    e.a:close()
    local r, _, err = e.socket.select({ e.a }, nil, 0)
    return #r, err
  end, [[0 "timeout"]] },
  { "select of a datagram", function(e) e.sender:send("x") return #e.socket.select({ e.udp }, nil, 5) end, [[1]] },
  { "select of an object with getfd", function(e)
    local o = { getfd = function() return e.a:getfd() end }
    local _, w = e.socket.select(nil, { o }, 5)
    return w[1] == o
  end, [[true]] },
  { "select of an object that is dirty", function(e)
    local o = { getfd = function() return e.b:getfd() end, dirty = function() return true end }
    local r = e.socket.select({ o }, nil, 5)
    return r[1] == o
  end, [[true]] },
  { "select of an object without getfd", function(e)
    local r, _, err = e.socket.select({ {} }, nil, 0)
    return #r, err
  end, [[0 "timeout"]] },
  { "select of an object without a descriptor", function(e)
    local r, _, err = e.socket.select({ { getfd = function() return -1 end } }, nil, 0)
    return #r, err
  end, [[0 "timeout"]] },
  { "select of a number", function(e) return e.socket.select({ 1 }, nil, 0) end, [[error: attempt to index a number value]] },
  { "select of no list", function(e)
    return e.socket.select(1, nil, 0)
  end, [[error: bad argument #1 to 'select' (table expected, got number)]] },
  { "select with a text for a timeout", function(e)
    return e.socket.select({}, {}, "x")
  end, [[error: bad argument #3 to 'select' (number expected, got string)]] },
  { "select names an object once", function(e)
    e.a:send("x")
    local r = e.socket.select({ e.b, e.b }, nil, 5)
    return #r
  end, [[1]] },

  -- time
  { "gettime", function(e)
    return math.type(e.socket.gettime()), math.abs(e.socket.gettime() - os.time()) < 5
  end, [["float" true]] },
  { "sleep", function(e) return e.socket.sleep(0) end, [[]] },
  { "sleep of a negative time", function(e) return e.socket.sleep(-1) end, [[]] },
  { "sleep of nothing", function(e)
    return e.socket.sleep()
  end, [[error: bad argument #1 to 'sleep' (number expected, got no value)]] },
  { "sleep is not short", function(e)
    local start = e.socket.gettime()
    e.socket.sleep(0.01)
    return e.socket.gettime() - start >= 0.009
  end, [[true]] },

  -- skip, try, protect
  { "skip", function(e) return e.socket.skip(1, "a", "b") end, [["b"]] },
  { "skip of none", function(e) return e.socket.skip(0, "a", "b") end, [["a" "b"]] },
  { "skip of more than there are", function(e) return e.socket.skip(3, "a") end, [[]] },
  { "skip without a number", function(e)
    return e.socket.skip("x")
  end, [[error: bad argument #1 to 'skip' (number expected, got string)]] },
  { "try of what is true", function(e) return e.socket.try(1, 2, 3) end, [[1 2 3]] },
  { "try under protect", function(e)
    return e.socket.protect(function() e.socket.try(nil, "message", 3) end)()
  end, [[nil "message"]] },
  { "try of false", function(e)
    return e.socket.protect(function() e.socket.try(false, "message") end)()
  end, [[nil "message"]] },
  { "try of nothing", function(e) return e.socket.protect(function() e.socket.try() end)() end, [[nil nil]] },
  { "try of a table", function(e)
    return e.socket.protect(function() e.socket.try(nil, { code = 5 }) end)()
  end, [[nil {code = 5}]] },
  { "what try raises is a table", function(e)
    local _, err = pcall(e.socket.try, nil, "message")
    return type(err), err[1], getmetatable(err)
  end, [["table" "message" false]] },
  { "protect gives results", function(e) return e.socket.protect(function(...) return ... end)(1, nil, 3) end, [[1 nil 3]] },
  { "protect passes other errors", function(e) return e.socket.protect(function() error("text", 0) end)() end, [[error: text]] },
  { "protect passes other tables", function(e)
    return select(2, pcall(e.socket.protect(function() error({ "x" }) end)))
  end, [[{"x"}]] },
  { "protect within protect", function(e)
    return e.socket.protect(function() return "outer", e.socket.protect(function() e.socket.try(nil, "inner") end)() end)()
  end, [["outer" nil "inner"]] },
  { "protect and a yield", function(e)
    local co = coroutine.wrap(function() return e.socket.protect(function() e.socket.try(nil, coroutine.yield(1)) end)() end)
    return co(), select(2, co("later"))
  end, [[1 "later"]] },
  { "newtry calls its finalizer", function(e)
    local n = 0
    local try = e.socket.newtry(function() n = n + 1 end)
    e.socket.protect(try)(nil, "x")
    return n
  end, [[1]] },
  { "newtry does not when all is well", function(e)
    local n = 0
    local try = e.socket.newtry(function() n = n + 1 end)
    return try(1, 2), n
  end, [[1 0]] },
  { "an error in a finalizer", function(e)
    return e.socket.protect(e.socket.newtry(function() error("within", 0) end))(nil, "x")
  end, [[error: within]] },
  { "newtry of no function", function(e) return type(e.socket.newtry()) end, [["function"]] },
  { "choose", function(e) return type(e.socket.choose({})) end, [["function"]] },

  -- dns
  { "dns.gethostname", function(e) return type(e.socket.dns.gethostname()) end, [["string"]] },
  { "dns.toip", function(e)
    local ip, info = e.socket.dns.toip("127.0.0.1")
    return ip, info
  end, [["127.0.0.1" {alias = {}, ip = {"127.0.0.1"}, name = "localhost"}]] },
  { "dns.toip of a name", function(e) return e.socket.dns.toip("localhost") == "127.0.0.1" end, [[true]] },
  { "dns.toip of what is no name", function(e)
    return e.socket.dns.toip("no name")
  end, [[nil "host not found"]] },
  { "dns.toip of an address of IPv6", function(e) return e.socket.dns.toip("::1") end, [[nil "host not found"]] },
  { "dns.tohostname of what is no name", function(e)
    return e.socket.dns.tohostname("no name")
  end, [[nil "host not found"]] },
  { "dns.getaddrinfo of what is no name", function(e)
    return e.socket.dns.getaddrinfo("no name")
  end, [[nil "host or service not provided, or not known"]] },
  { "connect to what is no name", function(e)
    return e.socket.connect("no name", 80)
  end, [[nil "host or service not provided, or not known"]] },
  { "bind to what is no name", function(e)
    return e.socket.bind("no name", 0)
  end, [[nil "host or service not provided, or not known"]] },
  { "dns.toip of nothing", function(e)
    return e.socket.dns.toip()
  end, [[error: bad argument #1 to 'toip' (string expected, got no value)]] },
  { "dns.tohostname", function(e)
    local name, info = e.socket.dns.tohostname("127.0.0.1")
    return name, info.name, info.ip
  end, [["localhost" "localhost" {"127.0.0.1"}]] },
  { "dns.getaddrinfo", function(e)
    return e.socket.dns.getaddrinfo("127.0.0.1")
  end, [[{{addr = "127.0.0.1", family = "inet"}}]] },
  { "dns.getaddrinfo of IPv6", function(e) return e.socket.dns.getaddrinfo("::1") end, [[{{addr = "::1", family = "inet6"}}]] },
  { "dns.getaddrinfo of nothing", function(e)
    return e.socket.dns.getaddrinfo()
  end, [[error: bad argument #1 to 'getaddrinfo' (string expected, got no value)]] },
  { "dns.getnameinfo", function(e) return e.socket.dns.getnameinfo("127.0.0.1", "80") end, [[{"localhost"} "http"]] },
  { "dns.getnameinfo of a service", function(e) return e.socket.dns.getnameinfo(nil, "http") end, [[{} "http"]] },
  { "dns.getnameinfo of nothing", function(e)
    return e.socket.dns.getnameinfo()
  end, [[error: host and serv cannot be both nil]] },

  -- sinks and sources
  { "a sink that closes", function(e)
    local sink = e.socket.sink("close-when-done", e.a)
    sink("data")
    sink(nil)
    return e.b:receive("*a"), e.a:getfd()
  end, [["data" -1.0]] },
  { "a sink that keeps open", function(e)
    local sink = e.socket.sink("keep-open", e.a)
    sink("data")
    return sink(nil), e.a:getfd() > 2, e.b:receive(4)
  end, [[1 true "data" nil nil]] },
  { "a sink by default", function(e)
    local sink = e.socket.sink(e.a)
    sink("data")
    sink(nil)
    return e.a:getfd() > 2
  end, [[true]] },
  { "an unknown sink", function(e) return e.socket.sink("x", e.a) end, [[error: unknown key (x)]] },
  { "what a sink tells", function(e)
    local sink = e.socket.sink("keep-open", e.a)
    e.a:close()
    return sink("data")
  end, [[nil "closed" 0.0]] },
  { "a source until the end", function(e)
    e.a:send("data")
    e.a:close()
    local source = e.socket.source("until-closed", e.b)
    return source(), source(), source()
  end, [["data" nil nil]] },
  { "a source by default", function(e)
    e.a:send("data")
    e.a:close()
    local source = e.socket.source(e.b)
    return source(), source()
  end, [["data" nil]] },
  { "a source closes at the end", function(e)
    e.a:close()
    local source = e.socket.source("until-closed", e.b)
    source()
    return e.b:getfd()
  end, [[-1.0]] },
  { "a source by length", function(e)
    e.a:send("12345rest")
    local source = e.socket.source("by-length", e.b, 5)
    return source(), source(), e.b:receive(4)
  end, [["12345" nil "rest" nil nil]] },
  { "a source of nothing", function(e) return e.socket.source("by-length", e.b, 0)() end, [[nil]] },
  { "a source that ends early", function(e)
    e.a:send("12")
    e.a:close()
    return e.socket.source("by-length", e.b, 5)()
  end, [[nil "closed"]] },
  { "a source under a timeout", function(e)
    e.b:settimeout(0)
    return e.socket.source("until-closed", e.b)()
  end, [[nil "timeout"]] },
  { "an unknown source", function(e) return e.socket.source("x", e.a) end, [[error: unknown key (x)]] },
  { "the table of sinks", function(e)
    return e.socket.sinkt
  end, [[{close-when-done = function, default = function, keep-open = function}]] },
  { "the table of sources", function(e)
    return e.socket.sourcet
  end, [[{by-length = function, default = function, until-closed = function}]] },
  { "sinks and sources answer getfd and dirty", function(e)
    local source = e.socket.source("until-closed", e.b)
    return source:getfd() == e.b:getfd(), source:dirty(), e.socket.sink("keep-open", e.a):getfd() == e.a:getfd()
  end, [[true false true]] },

  -- constants
  { "BLOCKSIZE", function(e) return e.socket.BLOCKSIZE end, [[2048]] },
  { "_DATAGRAMSIZE", function(e) return e.socket._DATAGRAMSIZE end, [[8192]] },
  { "_SOCKETINVALID", function(e) return e.socket._SOCKETINVALID end, [[-1]] },
  { "_VERSION", function(e) return e.socket._VERSION:match("^LuaSocket 3") end, [["LuaSocket 3"]] },
  { "_SETSIZE", function(e) return e.socket._SETSIZE >= 1024 end, [[true]] },
}
