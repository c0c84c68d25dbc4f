-- create_server and has_dualstack_ipv6.

local fixture = require "spec.fixture"
local machine = require "spec.machine"
local socket = require "pysocket"

local function serving(...)
  local s = fixture.keep(socket.create_server(...))
  s:settimeout(10)
  return s
end

local function connected(address)
  local s = fixture.socket(address[3] and socket.AF_INET6 or socket.AF_INET)
  s:connect(address)
  return s
end

local function option(s, level, name)
  return s:getsockopt(socket[level], socket[name])
end

describe("create_server", function()
  it("listens", function()
    local server = serving({"127.0.0.1", 0})
    local client = connected(server:getsockname())
    local conn, address = server:accept()
    fixture.keep(conn)
    client:sendall("hello")
    assert.equal("hello", conn:recv(10))
    assert.equal(client:getsockname(), address)
  end)

  it("is a stream of IPv4 by default, closed on exec", function()
    local server = serving({"127.0.0.1", 0})
    assert.equal(socket.AF_INET, server.family)
    assert.equal(socket.SOCK_STREAM, server.type)
    assert.is_false(server:get_inheritable())
  end)

  it("sets SO_REUSEADDR, and not SO_REUSEPORT", function()
    fixture.need_constant("SO_REUSEPORT")
    local server = serving({"127.0.0.1", 0})
    assert.not_equal(0, option(server, "SOL_SOCKET", "SO_REUSEADDR"))
    assert.equal(0, option(server, "SOL_SOCKET", "SO_REUSEPORT"))
  end)

  it("keeps its port from sockets with SO_REUSEADDR where these take one from others, on Windows", function()
    fixture.need_constant("SO_EXCLUSIVEADDRUSE")
    local server = serving({"127.0.0.1", 0})
    assert.not_equal(0, option(server, "SOL_SOCKET", "SO_EXCLUSIVEADDRUSE"))
    assert.equal(0, option(server, "SOL_SOCKET", "SO_REUSEADDR"))
    local other = fixture.socket()
    other:setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    fixture.raises(socket.PermissionError, other.bind, other, server:getsockname())
  end)

  it("serves every interface for an empty host", function()
    local server = serving({"", 0})
    assert.equal("0.0.0.0", server:getsockname()[1])
    connected({"127.0.0.1", server:getsockname()[2]})
    assert.is_truthy(fixture.keep((server:accept())))
  end)

  it("has no timeout but the default one", function()
    assert.is_nil(fixture.keep(socket.create_server({"127.0.0.1", 0})):gettimeout())
    socket.setdefaulttimeout(5)
    fixture.defer(socket.setdefaulttimeout, nil)
    assert.equal(5, fixture.keep(socket.create_server({"127.0.0.1", 0})):gettimeout())
  end)

  it("takes its port again right after a connection was served", function()
    local server = serving({"127.0.0.1", 0})
    local address = server:getsockname()
    local client = connected(address)
    local conn = server:accept()
    conn:close() -- this side closes first: TIME_WAIT is here
    assert.equal("", client:recv(1))
    client:close()
    server:close()
    assert.equal(address, serving(address):getsockname())
  end)

  it("queues as many as the backlog says", function()
    local server = serving({"127.0.0.1", 0}, {backlog = 0})
    fixture.fill(server)
    local late = fixture.socket()
    late:settimeout(0.05)
    fixture.raises(socket.timeout, late.connect, late, server:getsockname())
  end)

  it("shares its port when told so", function()
    fixture.need_constant("SO_REUSEPORT")
    local options = {reuse_port = true}
    local first = serving({"127.0.0.1", 0}, options)
    local second = serving(first:getsockname(), options)
    assert.equal(first:getsockname(), second:getsockname())
  end)

  it("does not share its port unless told so", function()
    local first = serving({"127.0.0.1", 0})
    local before = fixture.settled_descriptors()
    local err = fixture.raises(socket.OSError, socket.create_server, first:getsockname())
    assert.equal("EADDRINUSE", err.name)
    assert.matches("while attempting to bind on address", tostring(err), 1, true)
    assert.matches(tostring(first:getsockname()), tostring(err), 1, true)
    assert.same(before, fixture.descriptors())
  end)

  it("raises PermissionError by the errno of a failed bind", function()
    if fixture.is_root() then fixture.lacking("root may bind to every port") end
    fixture.raises(socket.PermissionError, socket.create_server, {"127.0.0.1", 1})
  end)

  it("says in its error that the host is unknown", function()
    fixture.need_glibc("its error is EAI_NONAME")
    local err = fixture.raises(socket.OSError, socket.create_server, {"::1", 0})
    local text = "Address family for hostname not supported (while attempting to bind on address [::1]:0)"
    assert.equal(text, err.strerror)
    assert.equal(socket.EAI_ADDRFAMILY, err.errno)
  end)

  it("says so too where the failure has no errno", function()
    local options = {family = socket.AF_INET6}
    local err = fixture.raises(socket.OSError, socket.create_server, {"<broadcast>", 0}, options)
    assert.is_nil(err.errno)
    assert.matches("while attempting to bind on address <broadcast>:0", err.strerror, 1, true)
  end)

  it("binds to a path for AF_UNIX", function()
    fixture.need_unix()
    local path = fixture.path()
    local server = serving(path, {family = socket.AF_UNIX})
    assert.equal(path, server:getsockname())
    local client = fixture.socket(socket.AF_UNIX)
    client:connect(path)
    assert.is_truthy(fixture.keep((server:accept())))
  end)

  it("ignores reuse_port outside the internet families", function()
    fixture.need_unix()
    local server = serving(fixture.path(), {family = socket.AF_UNIX, reuse_port = true})
    assert.equal(socket.AF_UNIX, server.family)
  end)

  for name, arguments in pairs({
    ["an unknown option"] = {{"127.0.0.1", 0}, {reuse = true}},
    ["both families on an IPv4 socket"] = {{"127.0.0.1", 0}, {dualstack_ipv6 = true}},
    ["a port out of range"] = {{"127.0.0.1", 65536}},
    ["a port that is text"] = {{"127.0.0.1", "80"}},
    ["an address that is text"] = {"127.0.0.1"},
    ["no address"] = {},
    ["a backlog that is text"] = {{"127.0.0.1", 0}, {backlog = "many"}},
    ["options that are none"] = {{"127.0.0.1", 0}, 5},
  }) do
    it("refuses " .. name .. ", and leaves nothing open", function()
      local before = fixture.settled_descriptors()
      local ok, err = pcall(socket.create_server, table.unpack(arguments, 1, 2))
      assert.is_false(ok)
      assert.matches("bad argument #%d to 'create_server'", tostring(err))
      assert.same(before, fixture.descriptors())
    end)
  end
end)

describe("create_server that fails", function()
  it("closes its socket at once, and not when the collector runs", function()
    local taken = serving({"127.0.0.1", 0}):getsockname()
    fixture.defer(collectgarbage, "restart")
    collectgarbage("stop")
    local before = machine.descriptors()
    fixture.raises(socket.OSError, socket.create_server, taken)
    assert.same(before, machine.descriptors())
  end)

  it("does so too in a coroutine that its error ends", function()
    local taken = serving({"127.0.0.1", 0}):getsockname()
    fixture.defer(collectgarbage, "restart")
    collectgarbage("stop")
    local before = machine.descriptors()
    assert.is_false(coroutine.resume(coroutine.create(socket.create_server), taken))
    assert.same(before, machine.descriptors())
  end)
end)

describe("create_server of AF_INET6", function()
  it("serves IPv6 alone by default", function()
    fixture.need_ipv6()
    local server = serving({"", 0}, {family = socket.AF_INET6})
    assert.not_equal(0, option(server, "IPPROTO_IPV6", "IPV6_V6ONLY"))
    local client = fixture.socket()
    local address = {"127.0.0.1", server:getsockname()[2]}
    fixture.raises(socket.ConnectionRefusedError, client.connect, client, address)
  end)

  it("serves IPv4 too when told so", function()
    fixture.need_ipv6()
    local server = serving({"", 0}, {family = socket.AF_INET6, dualstack_ipv6 = true})
    local port = server:getsockname()[2]
    connected({"127.0.0.1", port})
    local _, address = server:accept()
    assert.equal("::ffff:127.0.0.1", address[1])
    connected({"::1", port, 0, 0})
    _, address = server:accept()
    assert.equal("::1", address[1])
  end)
end)

describe("has_dualstack_ipv6", function()
  it("says whether one socket can serve both", function()
    local s <close> = socket.socket(socket.AF_INET6)
    local can = pcall(s.setsockopt, s, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    assert.equal(can, socket.has_dualstack_ipv6())
  end)

  it("leaves nothing open", function()
    collectgarbage() -- what other tests left goes first
    collectgarbage()
    local before = fixture.settled_descriptors()
    socket.has_dualstack_ipv6()
    assert.same(before, fixture.descriptors())
  end)
end)
