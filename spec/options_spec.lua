-- Arguments by name: a table as the last argument, wherever it stands.

local fixture = require "spec.fixture"
local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

local AF_INET6 <const>, SOCK_DGRAM <const> = socket.AF_INET6, socket.SOCK_DGRAM

local function made(...)
  return fixture.keep(socket.socket(...))
end

describe("a table as the last argument", function()
  it("holds arguments by name where none is given by position", function()
    local s = made{type = SOCK_DGRAM, family = AF_INET6}
    assert.same({AF_INET6, SOCK_DGRAM}, {s.family, s.type})
  end)

  it("holds the rest of them behind any argument", function()
    assert.equal(SOCK_DGRAM, made(AF_INET6, {type = SOCK_DGRAM}).type)
    local infos = socket.getaddrinfo("127.0.0.1", 80, socket.AF_INET, {type = SOCK_DGRAM})
    assert.equal(SOCK_DGRAM, infos[1].type)
  end)

  it("may stand behind all arguments, and behind a nil in place of them", function()
    assert.equal(SOCK_DGRAM, made(nil, nil, nil, nil, {type = SOCK_DGRAM}).type)
    assert.equal(SOCK_DGRAM, made(nil, nil, nil, nil, nil, nil, {type = SOCK_DGRAM}).type)
  end)

  it("may have nil behind it", function()
    assert.equal(SOCK_DGRAM, made(AF_INET6, {type = SOCK_DGRAM}, nil, nil).type)
    local server = fixture.keep(socket.create_server({"127.0.0.1", 0}, {backlog = 1}, nil))
    assert.equal(server:getsockname(), fixture.keep(socket.create_connection(server:getsockname(), nil, nil, nil)):getpeername())
  end)

  it("may give what nil stands for by position", function()
    assert.equal(AF_INET6, made(nil, {family = AF_INET6}).family)
  end)

  it("may be empty", function()
    assert.equal(socket.AF_INET, made({}).family)
    local _, address = fixture.listener()
    assert.equal(address, fixture.keep(socket.create_connection(address, 5, {})):getpeername())
  end)

  it("is refused for an unknown name, at the place where it stands", function()
    fixture.refuses("bad argument #2 to 'socket' (unknown option 'typ')", socket.socket, AF_INET6, {typ = SOCK_DGRAM})
    fixture.refuses("bad argument #4 to 'getaddrinfo' (unknown option 'typ')",
      socket.getaddrinfo, "127.0.0.1", 80, socket.AF_INET, {typ = SOCK_DGRAM})
  end)

  it("is refused for what was given by position", function()
    fixture.refuses("bad argument #2 to 'socket' (option 'family' is given by position too)",
      socket.socket, AF_INET6, {family = AF_INET6})
  end)

  it("is refused for a key that is no name", function()
    fixture.refuses("bad argument #1 to 'socket' (options have names, got a key of type number)", socket.socket, {AF_INET6})
  end)

  it("is all that may stand where arguments go by name alone", function()
    fixture.refuses("bad argument #7 to 'getaddrinfo' (options must be a table, got number)",
      socket.getaddrinfo, "127.0.0.1", 80, 0, 0, 0, 0, 5)
    fixture.refuses("bad argument #2 to 'create_server' (options must be a table, got number)",
      socket.create_server, {"127.0.0.1", 0}, 5)
  end)
end)

describe("a table where the argument may be one", function()
  it("is the options where it names other arguments alone", function()
    local address = fixture.refusing()
    fixture.raises(socket.ExceptionGroup, socket.create_connection, address, 5, {all_errors = true})
  end)

  it("is the argument where it has an element 1", function()
    local _, address = fixture.listener()
    local s = fixture.keep(socket.create_connection(address, 5, {"127.0.0.2", 0, timeout = 1}))
    assert.equal("127.0.0.2", s:getsockname().host)
    assert.equal(5, s:gettimeout())
  end)

  it("is the argument where a key names nothing", function()
    local _, address = fixture.listener()
    local s = fixture.keep(socket.create_connection(address, 5, {host = "127.0.0.2", port = 0}))
    assert.equal("127.0.0.2", s:getsockname().host)
  end)

  it("is the argument where it has a metatable", function()
    local sent = {read = function() return nil end, seek = function() return 0 end}
    local object = setmetatable({}, {__index = sent})
    local s, peer = fixture.pair()
    assert.equal(0, s:sendfile(object))
    assert.equal(0, s:sendfile(sent))
    peer:close()
  end)

  it("is the argument where that must be given, and the table is empty", function()
    fixture.need_constant("SCM_RIGHTS")
    local s, peer = fixture.pair()
    socket.send_fds(s, {"x"}, {})
    assert.equal("x", (socket.recv_fds(peer, 10, 1)))
    fixture.refuses("bad argument #1 to 'create_connection' (address must be {host, port}", socket.create_connection, {})
  end)

  it("is refused where it names what was given by position", function()
    local _, address = fixture.listener()
    fixture.refuses("bad argument #3 to 'create_connection' (source_address must be {host, port}",
      socket.create_connection, address, 5, {timeout = 5})
  end)
end)

describe("what Python lets pass by name", function()
  it("goes by name: getaddrinfo", function()
    local infos = socket.getaddrinfo{host = "127.0.0.1", port = 80, type = SOCK_DGRAM}
    assert.equal("127.0.0.1:80", tostring(infos[1].sockaddr))
    assert.equal(80, socket.getaddrinfo("127.0.0.1", {port = 80})[1].sockaddr.port)
  end)

  it("goes by name: create_connection, create_server", function()
    local server = fixture.keep(socket.create_server{address = {"127.0.0.1", 0}, backlog = 3})
    local address = server:getsockname()
    local s = fixture.keep(socket.create_connection{address = address, source_address = {"127.0.0.2", 0}, timeout = 5})
    assert.same({address, 5}, {s:getpeername(), s:gettimeout()})
  end)

  it("goes by name: getfqdn", function()
    assert.equal(socket.getfqdn("127.0.0.1"), socket.getfqdn{name = "127.0.0.1"})
  end)

  it("goes by name: fromfd, socketpair", function()
    fixture.need_unix()
    local a, b = socket.socketpair{type = SOCK_DGRAM}
    fixture.keep(a)
    fixture.keep(b)
    local s = fixture.keep(socket.fromfd{fd = a:fileno(), family = a.family, type = a.type})
    s:send("x")
    assert.equal("x", b:recv(1))
  end)

  it("goes by name: send_fds, recv_fds", function()
    fixture.need_constant("SCM_RIGHTS")
    local s, peer = fixture.pair()
    socket.send_fds{sock = s, buffers = {"x"}, fds = {0}}
    local data, fds = socket.recv_fds{sock = peer, bufsize = 1, maxfds = 1}
    socket.close(fds[1])
    assert.same({"x", 1}, {data, #fds})
  end)

  it("goes by name: sendfile, makefile, SocketIO", function()
    local s, peer = fixture.pair()
    local file <close> = assert(io.tmpfile())
    file:write("abc")
    assert.equal(2, s:sendfile{file = file, offset = 1})
    local reader <close> = peer:makefile{mode = "rb", buffering = 0}
    assert.equal("bc", reader:read(2))
    local raw <close> = socket.SocketIO{sock = s, mode = "w"}
    raw:write("d")
    assert.equal("d", reader:read(1))
  end)

  it("goes by name: recv_into, recvfrom_into", function()
    local s, peer = fixture.pair()
    s:sendall("abc")
    local buffer = socket.bytearray(2)
    assert.equal(1, peer:recv_into{buffer = buffer, nbytes = 1})
    assert.equal(2, (peer:recvfrom_into{buffer = buffer}))
    assert.equal("bc", tostring(buffer))
  end)

  it("goes by name: a selector's methods", function()
    local s, peer = fixture.pair()
    local selector <close> = selectors.DefaultSelector()
    peer:send("x")
    selector:register{fileobj = s, events = selectors.EVENT_READ, data = {"mine"}}
    assert.same({"mine"}, selector:select{timeout = 5}[1][1].data)
    selector:modify{fileobj = s, events = selectors.EVENT_WRITE}
    assert.equal(selectors.EVENT_WRITE, selector:get_key{fileobj = s}.events)
    assert.equal(s, selector:unregister{fileobj = s}.fileobj)
  end)

  it("goes by name: an epoll set's methods", function()
    if not select.epoll then return pending("no epoll here") end
    local s = fixture.pair()
    local set <close> = select.epoll{sizehint = 1}
    set:register{fd = s, eventmask = select.EPOLLOUT}
    assert.same({{s:fileno(), select.EPOLLOUT}}, set:poll{timeout = 5, maxevents = 1})
    set:modify{fd = s, eventmask = select.EPOLLIN}
    set:unregister{fd = s}
    assert.same({}, set:poll(0, {maxevents = 1}))
  end)
end)

describe("the data of a selector's key", function()
  it("may be any table", function()
    local selector <close> = selectors.DefaultSelector()
    local data = {data = "mine"}
    assert.equal(data, selector:register(fixture.pair(), selectors.EVENT_READ, data).data)
  end)
end)
