-- Names of hosts: what needs no name server, and what happens when there is one.

local fixture = require "spec.fixture"
local socket = require "pysocket"

describe("getaddrinfo of a literal", function()
  it("gives family, type, protocol, canonical name and address", function()
    fixture.need_glibc("a canonical name comes unasked")
    local infos = socket.getaddrinfo("127.0.0.1", 80, socket.AF_INET, socket.SOCK_STREAM)
    assert.equal(1, #infos)
    local info = infos[1]
    local expected = {socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, ""}
    assert.same(expected, {table.unpack(info, 1, 4)})
    assert.equal("127.0.0.1", info[5][1])
    assert.equal(80, info[5][2])
  end)

  it("answers by name too", function()
    local info = socket.getaddrinfo("127.0.0.1", 80, socket.AF_INET, socket.SOCK_STREAM)[1]
    assert.equal(info[1], info.family)
    assert.equal(info[2], info.type)
    assert.equal(info[3], info.proto)
    assert.equal(info[4], info.canonname)
    assert.equal("127.0.0.1", info.sockaddr.host)
    assert.equal(80, info.sockaddr.port)
  end)

  it("takes what Python takes by name", function()
    local options = {
      family = socket.AF_INET,
      type = socket.SOCK_DGRAM,
      proto = socket.IPPROTO_UDP,
      flags = 0,
    }
    local infos = socket.getaddrinfo("127.0.0.1", 53, options)
    assert.equal(1, #infos)
    assert.equal(socket.SOCK_DGRAM, infos[1].type)
    assert.equal(socket.IPPROTO_UDP, infos[1].proto)
  end)

  it("names every type where none was asked for", function()
    fixture.need_posix("it answers with no type, as in Python")
    local types = {}
    for _, info in ipairs(socket.getaddrinfo("127.0.0.1", 80)) do types[info.type] = true end
    assert.is_true(types[socket.SOCK_STREAM] and types[socket.SOCK_DGRAM])
  end)

  it("knows IPv6, as four elements", function()
    local info = socket.getaddrinfo("::1", 80, 0, socket.SOCK_STREAM)[1]
    assert.equal(socket.AF_INET6, info.family)
    assert.same({"::1", 80, 0, 0}, {table.unpack(info.sockaddr)})
  end)

  it("keeps the scope of a link-local address", function()
    fixture.need_posix("scopes are numbers")
    local info = socket.getaddrinfo("fe80::1%lo", 80, 0, socket.SOCK_STREAM)[1]
    assert.equal("fe80::1", info.sockaddr.host)
    assert.equal(socket.if_nametoindex("lo"), info.sockaddr.scope_id)
  end)

  it("gives an address that can be connected to", function()
    local listener, address = fixture.listener()
    local info = socket.getaddrinfo(address[1], address[2], 0, socket.SOCK_STREAM)[1]
    local s = fixture.socket(info.family, info.type, info.proto)
    s:connect(info.sockaddr)
    assert.equal(address, s:getpeername())
    assert.is_truthy(fixture.keep((listener:accept())))
  end)

  it("fails with a gaierror in another family", function()
    local err = fixture.raises(socket.gaierror, socket.getaddrinfo, "::1", 80, socket.AF_INET)
    assert.equal("getaddrinfo", err.call)
  end)
end)

describe("getaddrinfo of a service", function()
  it("knows it by name", function()
    local info = socket.getaddrinfo("127.0.0.1", "http", 0, socket.SOCK_STREAM)[1]
    assert.equal(80, info.sockaddr.port)
  end)

  it("takes a number as text", function()
    local info = socket.getaddrinfo("127.0.0.1", "8080", 0, socket.SOCK_STREAM)[1]
    assert.equal(8080, info.sockaddr.port)
  end)

  it("is port 0 where there is none", function()
    local info = socket.getaddrinfo("127.0.0.1", nil, 0, socket.SOCK_STREAM)[1]
    assert.equal(0, info.sockaddr.port)
  end)

  it("fails with a gaierror where it is unknown", function()
    local err = fixture.raises(socket.gaierror, socket.getaddrinfo, "127.0.0.1", "no-such-service")
    assert.equal(socket.EAI_SERVICE, err.errno)
    assert.equal("EAI_SERVICE", err.name)
  end)

  it("refuses what is neither number nor text", function()
    local ok, err = pcall(socket.getaddrinfo, "127.0.0.1", 1.5)
    assert.is_false(ok)
    assert.matches("bad argument #2 to 'getaddrinfo'", err, 1, true)
  end)
end)

describe("getaddrinfo without a host", function()
  it("is loopback", function()
    local info = socket.getaddrinfo(nil, 80, socket.AF_INET, socket.SOCK_STREAM)[1]
    assert.equal("127.0.0.1", info.sockaddr.host)
  end)

  it("is every address for AI_PASSIVE", function()
    local flags = socket.AI_PASSIVE
    local info = socket.getaddrinfo(nil, 80, socket.AF_INET, socket.SOCK_STREAM, 0, flags)[1]
    assert.equal("0.0.0.0", info.sockaddr.host)
  end)

  it("fails without a port, too", function()
    local err = fixture.raises(socket.gaierror, socket.getaddrinfo, nil, nil)
    assert.equal(socket.EAI_NONAME, err.errno)
  end)
end)

describe("getaddrinfo", function()
  it("looks up localhost", function()
    local info = socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)[1]
    assert.equal("127.0.0.1", info.sockaddr.host)
  end)

  it("says the canonical name when asked to", function()
    local options = {type = socket.SOCK_STREAM, flags = socket.AI_CANONNAME}
    assert.equal("127.0.0.1", socket.getaddrinfo("127.0.0.1", 80, options)[1].canonname)
  end)

  it("says in its error what could not be found", function()
    local flags = socket.AI_NUMERICHOST
    local err = fixture.raises(
      socket.gaierror, socket.getaddrinfo, "no.literal", 80, {flags = flags}
    )
    assert.equal(socket.EAI_NONAME, err.errno)
    assert.equal("EAI_NONAME", err.name)
    assert.equal("string", type(err.strerror))
    assert.is_true(socket.isinstance(err, socket.OSError))
  end)

  it("does not take an empty host for every interface", function()
    fixture.raises(socket.gaierror, socket.getaddrinfo, "", 80)
  end)

  for name, host in pairs({
    ["an empty label"] = "a..b",
    ["a label of 64"] = ("a"):rep(64) .. ".test",
  }) do
    it("knows no host with " .. name, function()
      local getaddrinfo = socket.protect(socket.getaddrinfo)
      assert.equal("EAI_NONAME", select(2, getaddrinfo(host, 80)).name)
    end)
  end

  for _, port in ipairs({"65536", "65616", "99999", "-1", "18446744073709551696", 65536, 99999, -1, 1 << 40}) do
    it(("knows no service on port %s (%s)"):format(port, type(port)), function()
      local err = fixture.raises(socket.gaierror, socket.getaddrinfo, "127.0.0.1", port)
      assert.equal("EAI_SERVICE", err.name)
    end)
  end

  for _, port in ipairs({"0", "65535", "00080", 0, 65535, 80.0}) do
    it(("takes port %s (%s)"):format(port, math.type(port) or "string"), function()
      assert.equal(tonumber(port), socket.getaddrinfo("127.0.0.1", port)[1].sockaddr.port)
    end)
  end

  for name, port in pairs({fraction = 80.5, ["function"] = print, boolean = true}) do
    it("refuses a port that is a " .. name, function()
      fixture.refuses("bad argument #2 to 'getaddrinfo' (port must be an integer", socket.getaddrinfo, "127.0.0.1", port)
    end)
  end

  for name, host in pairs({number = 1, table = {}, boolean = true}) do
    it("refuses a host that is a " .. name, function()
      local ok, err = pcall(socket.getaddrinfo, host, 80)
      assert.is_false(ok)
      assert.matches("bad argument #1 to 'getaddrinfo'", err, 1, true)
    end)
  end

  it("names an option that it does not know", function()
    local ok, err = pcall(socket.getaddrinfo, "127.0.0.1", 80, {colour = 1})
    assert.is_false(ok)
    assert.matches("colour", err, 1, true)
  end)

  it("refuses a negative timeout", function()
    local ok, err = pcall(socket.getaddrinfo, "127.0.0.1", 80, {timeout = -1})
    assert.is_false(ok)
    assert.matches("timeout", err, 1, true)
  end)
end)

describe("getnameinfo", function()
  local numeric = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV

  it("gives host and service", function()
    assert.same({"127.0.0.1", "80"}, {socket.getnameinfo({"127.0.0.1", 80}, numeric)})
  end)

  it("knows services by name", function()
    local host, service = socket.getnameinfo({"127.0.0.1", 80}, socket.NI_NUMERICHOST)
    assert.same({"127.0.0.1", "http"}, {host, service})
  end)

  it("takes an address that we returned", function()
    local _, address = fixture.listener()
    local host, port = socket.getnameinfo(address, numeric)
    assert.same({address[1], tostring(address[2])}, {host, port})
  end)

  it("says the interface of a scoped address", function()
    fixture.need_posix("scopes are numbers")
    local scope = socket.if_nametoindex("lo")
    assert.equal("fe80::1%lo", (socket.getnameinfo({"fe80::1", 80, 0, scope}, numeric)))
  end)

  it("wants a numeric host", function()
    local err = fixture.raises(socket.gaierror, socket.getnameinfo, {"localhost", 80}, numeric)
    assert.equal(socket.EAI_NONAME, err.errno)
  end)

  it("refuses an IPv4 address of three elements", function()
    fixture.raises(socket.OSError, socket.getnameinfo, {"127.0.0.1", 80, 0}, numeric)
  end)

  for _, port in ipairs({-1, 65536, 65616, 1 << 40}) do
    it("knows no service on port " .. port, function()
      local err = fixture.raises(socket.gaierror, socket.getnameinfo, {"127.0.0.1", port}, numeric)
      assert.equal(socket.EAI_SERVICE, err.errno)
    end)
  end

  it("takes a port that is a float with an integral value", function()
    assert.equal("80", (select(2, socket.getnameinfo({"127.0.0.1", 80.0}, numeric))))
  end)

  for name, arguments in pairs({
    ["no flags"] = {{"127.0.0.1", 80}},
    ["a string for an address"] = {"127.0.0.1", 0},
    ["a port that is text"] = {{"127.0.0.1", "80"}, 0},
    ["no port"] = {{"127.0.0.1"}, 0},
    ["a flowinfo of more than 20 bits"] = {{"::1", 80, 1 << 20, 0}, 0},
    ["a flowinfo that is text"] = {{"::1", 80, "5", 0}, 0},
  }) do
    it("refuses " .. name, function()
      local ok, err = pcall(socket.getnameinfo, table.unpack(arguments))
      assert.is_false(ok)
      assert.matches("bad argument #%d to 'getnameinfo'", err)
    end)
  end
end)

describe("gethostbyname", function()
  for host, address in pairs({
    ["127.0.0.1"] = "127.0.0.1",
    [""] = "0.0.0.0",
    ["<broadcast>"] = "255.255.255.255",
    localhost = "127.0.0.1",
  }) do
    it(("gives %s for '%s'"):format(address, host), function()
      assert.equal(address, socket.gethostbyname(host))
    end)
  end

  it("does not know IPv6", function()
    fixture.raises(socket.gaierror, socket.gethostbyname, "::1")
  end)

  for name, host in pairs({["an empty label"] = "a..b", ["a label of 64"] = ("a"):rep(64) .. ".test"}) do
    it("knows no host with " .. name, function()
      assert.equal("EAI_NONAME", fixture.raises(socket.gaierror, socket.gethostbyname, host).name)
    end)
  end
end)

describe("gethostbyname_ex", function()
  it("gives name, other names and addresses", function()
    fixture.need_glibc("the name is among the other names")
    local name, aliases, addresses = socket.gethostbyname_ex("127.0.0.1")
    assert.equal("127.0.0.1", name)
    assert.same({}, aliases)
    assert.same({"127.0.0.1"}, addresses)
  end)
end)

describe("getfqdn", function()
  it("gives back what can be no name", function()
    assert.equal("a..b", socket.getfqdn("a..b"))
  end)

  it("gives an unknown name back, without the blanks around it", function()
    local network = fixture.network({dns = true})
    assert.equal("no.such.test", network:child("resolve", "getfqdn", " no.such.test "):line())
  end)

  it("asks the name server", function()
    local network = fixture.network({dns = true})
    assert.equal("one.test", network:child("resolve", "getfqdn", "192.0.2.1"):line())
  end)
end)

describe("with a name server,", function()
  for _, case in ipairs({
    {"getaddrinfo", "live.test", "127.0.0.1"},
    {"getaddrinfo", "both.test", "127.0.0.1,::1"},
    {"getaddrinfo", "slow.test", "127.0.0.1"},
    {"getaddrinfo", "alias.test", "127.0.0.1"},
    {"getaddrinfo", "none.test", "gaierror EAI_NONAME"},
    {"getaddrinfo", "servfail.test", "gaierror EAI_AGAIN"},
    {"gethostbyname", "live.test", "127.0.0.1"},
    {"gethostbyname", "none.test", "gaierror EAI_NONAME"},
    {"gethostbyname_ex", "alias.test", "live.test [alias.test] [127.0.0.1]"},
    {"gethostbyname_ex", "none.test", "gaierror EAI_NONAME"},
    {"gethostbyaddr", "192.0.2.1", "one.test [] [192.0.2.1]"},
    {"gethostbyaddr", "192.0.2.2", "herror HOST_NOT_FOUND"},
    {"getnameinfo", "192.0.2.1", "http,one.test"},
    {"getnameinfo", "192.0.2.2", "gaierror EAI_NONAME"},
    {"connect", "live.test", "ConnectionRefusedError ECONNREFUSED"},
    {"connect", "none.test", "gaierror EAI_NONAME"},
  }) do
    local call, name, answer = table.unpack(case)
    local others = call == "gethostbyname_ex" or call == "gethostbyaddr"

    it(("%s of %s gives %s"):format(call, name, answer), function()
      if others then fixture.need_glibc("the name is among the other names") end
      local network = fixture.network({dns = true})
      assert.equal(answer, network:child("resolve", call, name):line())
    end)
  end
end)

describe("a host name that is not ASCII", function()
  local function resolve(call, name, answer)
    if not socket.NI_IDN then fixture.lacking("this build knows no internationalized names") end
    -- the C library opens it where it is needed
    if not io.popen("ldconfig -p"):read("a"):find("libidn2.so.0", 1, true) then fixture.lacking("no libidn2 here") end
    assert.equal(answer, fixture.network({dns = true}):child("resolve", call, name):line())
  end

  it("is looked up as IDNA, from UTF-8", function() resolve("getaddrinfo", "b\u{FC}cher.test", "127.0.0.1") end)

  it("is so by who connects, too", function()
    resolve("connect", "b\u{FC}cher.test", "ConnectionRefusedError ECONNREFUSED")
  end)

  it("is refused where it is no UTF-8", function()
    resolve("getaddrinfo", "b\xFCcher.test", "gaierror EAI_IDN_ENCODE")
  end)
end)

-- Far below the ten seconds that the system's resolver takes to give up.
local RESOLVER <const> = 5

local function assert_gave_up(child, seconds, host)
  local start = fixture.monotonic()
  assert.equal("timeout nil", child:line())
  local took = child.output:read("n")
  assert.is_true(took >= seconds)
  assert.is_true(took < RESOLVER)
  assert.equal("\n" .. host .. "\n", child:rest())
  assert.equal(0, child:wait())
  local lived = fixture.monotonic() - start
  assert.is_true(lived < RESOLVER, "the process waited for an abandoned lookup")
end

describe("a deadline", function()
  it("ends getaddrinfo when the name server never answers", function()
    local network = fixture.network({dns = true})
    assert_gave_up(network:child("resolve", "getaddrinfo", "silent.test", "0.3"), 0.3, "silent.test")
  end)

  it("ends getaddrinfo when the name server answers nonsense", function()
    local network = fixture.network({dns = true})
    local child = network:child("resolve", "getaddrinfo", "junk.test", "0.3")
    assert.matches("^%l+", child:line())
    assert.is_true(child.output:read("n") < RESOLVER)
    assert.equal(0, child:wait())
  end)

  it("ends a connect to a name", function()
    local network = fixture.network({dns = true})
    assert_gave_up(network:child("resolve", "connect", "silent.test", "0.3"), 0.3, "silent.test")
  end)

  it("ends dozens of lookups, and the process ends with some in flight", function()
    local network = fixture.network({dns = true})
    local start = fixture.monotonic()
    local child = network:child("resolve", "abandon", "silent.test")
    assert.equal("abandoned", child:line())
    assert.is_true(child.output:read("n") < RESOLVER)
    assert.equal(0, child:wait())
    assert.is_true(fixture.monotonic() - start < RESOLVER)
  end)

  it("leaves a thread for other lookups, however many were given up", function()
    local network = fixture.network({dns = true})
    local child = network:child("resolve", "overtake", "silent.test", RESOLVER)
    assert.equal("80", child:line())
    assert.equal(0, child:wait())
  end)

  for _, case in ipairs({
    {"getaddrinfo", "silent.test"},
    {"gethostbyname", "silent.test"},
    {"gethostbyname_ex", "silent.test"},
    {"gethostbyaddr", "silent.test"},
    {"getnameinfo", "192.0.2.9"},
    {"connect", "silent.test"},
  }) do
    it("is the default timeout, and the error names the host, for " .. case[1], function()
      local network = fixture.network({dns = true})
      assert_gave_up(network:child("resolve", case[1], case[2], "default 0.3"), 0.3, case[2])
    end)
  end
end)
