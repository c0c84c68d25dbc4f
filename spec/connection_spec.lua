-- create_connection: one address, several, none, and the time it may take.

local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local function connected(...)
  return fixture.keep(socket.create_connection(...))
end

describe("create_connection to a literal", function()
  it("connects", function()
    local listener, address = fixture.listener()
    local s = connected(address)
    local server = fixture.keep((listener:accept()))
    s:sendall("hello")
    assert.equal("hello", server:recv(10))
    assert.equal(address, s:getpeername())
  end)

  it("connects over IPv6", function()
    fixture.need_ipv6()
    local _, address = fixture.listener(socket.AF_INET6)
    local s = connected({address[1], address[2]})
    assert.equal(socket.AF_INET6, s.family)
    assert.equal(address, s:getpeername())
  end)

  it("takes no host for this machine", function()
    local _, address = fixture.listener()
    assert.equal(address.port, connected({nil, address.port}):getpeername().port)
    assert.equal(address.port, connected({port = address.port}):getpeername().port)
  end)

  it("takes a port that is a float with an integral value", function()
    local _, address = fixture.listener()
    assert.equal(address, connected({"127.0.0.1", address.port + 0.0}):getpeername())
  end)

  for _, port in ipairs({"65616", "99999", "no such service", 99999, -1}) do
    it(("fails with a gaierror for port %s (%s)"):format(port, type(port)), function()
      local err = fixture.raises(socket.gaierror, socket.create_connection, {"127.0.0.1", port}, 1)
      assert.equal("EAI_SERVICE", err.name)
    end)
  end

  for name, host in pairs({["an empty label"] = "a..b", ["a label of 64"] = ("a"):rep(64)}) do
    it("fails with a gaierror for a host with " .. name, function()
      local s, err = socket.protect(socket.create_connection)({host, 80})
      assert.same({nil, "EAI_NONAME"}, {s, err.name})
    end)
  end

  it("takes a service for a port", function()
    local _, address = fixture.listener()
    local s = connected({"127.0.0.1", tostring(address[2])})
    assert.equal(address, s:getpeername())
  end)

  it("gives a stream socket", function()
    local _, address = fixture.listener()
    local s = connected(address)
    assert.equal(socket.SOCK_STREAM, s.type)
    assert.is_false(s:get_inheritable())
  end)

  it("comes from the source address", function()
    local _, address = fixture.listener()
    local s = connected(address, nil, {"127.0.0.2", 0})
    assert.equal("127.0.0.2", s:getsockname()[1])
  end)

  it("takes the source address by name", function()
    local _, address = fixture.listener()
    local s = connected(address, {source_address = {"127.0.0.3", 0}})
    assert.equal("127.0.0.3", s:getsockname()[1])
  end)

  it("fails with the system's error where the source address is not ours", function()
    local _, address = fixture.listener()
    local before = fixture.settled_descriptors()
    local err = fixture.raises(
      socket.OSError, socket.create_connection, address, 10, {"192.0.2.1", 0}
    )
    assert.equal("EADDRNOTAVAIL", err.name)
    assert.same(before, fixture.descriptors())
  end)

  it("closes its socket when it is cancelled in a coroutine of a task", function()
    local address = fixture.silent()
    loop.run(function()
      local before = fixture.settled_descriptors()
      fixture.defer(collectgarbage, "restart")
      collectgarbage("stop")
      local task = loop.spawn(function()
        return coroutine.resume(coroutine.create(socket.create_connection), address)
      end)
      loop.sleep(0)
      task:cancel()
      local _, err = task:join()
      assert.is_true(socket.isinstance(err, loop.CancelledError))
      assert.same(before, fixture.descriptors())
    end)
  end)

  it("raises ConnectionRefusedError where nothing listens", function()
    local address = fixture.refusing()
    local before = fixture.settled_descriptors()
    local err = fixture.raises(socket.ConnectionRefusedError, socket.create_connection, address)
    assert.equal("ECONNREFUSED", err.name)
    assert.equal("connect", err.call)
    assert.equal(address, err.address)
    assert.same(before, fixture.descriptors())
  end)

  it("raises ConnectionRefusedError where it would be connected to itself", function()
    local s = fixture.socket()
    s:bind({"127.0.0.1", 0})
    local address = s:getsockname()
    s:close()
    local before = fixture.settled_descriptors()
    local err = fixture.raises(socket.ConnectionRefusedError, socket.create_connection, address, 10, address)
    assert.equal(address, err.address)
    assert.same(before, fixture.descriptors())
  end)

  it("raises all errors when asked to", function()
    local address = fixture.refusing()
    local err = fixture.raises(
      socket.ExceptionGroup, socket.create_connection, address, nil, nil, {all_errors = true}
    )
    assert.equal(1, #err.exceptions)
    assert.is_true(socket.isinstance(err.exceptions[1], socket.ConnectionRefusedError))
    assert.equal(address, err.exceptions[1].address)
    assert.matches("create_connection failed", tostring(err), 1, true)
  end)
end)

describe("the timeout of create_connection", function()
  it("is the socket's", function()
    local _, address = fixture.listener()
    assert.equal(7.5, connected(address, 7.5):gettimeout())
  end)

  it("is none for false", function()
    local _, address = fixture.listener()
    assert.is_nil(connected(address, false):gettimeout())
  end)

  it("is the default timeout where none is given", function()
    local _, address = fixture.listener()
    socket.setdefaulttimeout(8)
    fixture.defer(socket.setdefaulttimeout, nil)
    assert.equal(8, connected(address):gettimeout())
    assert.is_nil(connected(address, false):gettimeout())
  end)

  it("can be given by name", function()
    local _, address = fixture.listener()
    assert.equal(6, connected(address, {timeout = 6}):gettimeout())
    assert.is_nil(connected(address, {timeout = false}):gettimeout())
  end)

  it("ends a connect that is never answered, and not before", function()
    local address = fixture.silent()
    local before = fixture.settled_descriptors()
    local start = fixture.monotonic()
    local err = fixture.raises(socket.timeout, socket.create_connection, address, 0.1)
    assert.is_true(fixture.monotonic() - start >= 0.1)
    assert.is_nil(err.errno)
    assert.same(before, fixture.descriptors())
  end)

  it("of 0 does not wait", function()
    local address = fixture.silent()
    local before = fixture.settled_descriptors()
    local err = fixture.raises(socket.BlockingIOError, socket.create_connection, address, 0)
    assert.equal("EINPROGRESS", err.name)
    assert.same(before, fixture.descriptors())
  end)

  for name, timeout in pairs({
    negative = -1,
    ["not a number"] = 0 / 0,
    text = "soon",
    ["true"] = true,
  }) do
    it("is refused when it is " .. name, function()
      local ok, err = pcall(socket.create_connection, {"127.0.0.1", 1}, timeout)
      assert.is_false(ok)
      assert.matches("bad argument #2 to 'create_connection'", err, 1, true)
    end)
  end
end)

describe("create_connection refuses", function()
  for name, arguments in pairs({
    ["no address"] = {},
    ["an address that is text"] = {"127.0.0.1:80"},
    ["an address without a port"] = {{"127.0.0.1"}},
    ["an address without a port that is a number or text"] = {{"127.0.0.1", {}}},
    ["a port that is a fraction"] = {{"127.0.0.1", 80.5}},
    ["a host that is a number"] = {{1, 80}},
    ["a source address whose port is text"] = {{"127.0.0.1", 1}, 1, {"127.0.0.1", "8080"}},
    ["a source address without a host"] = {{"127.0.0.1", 1}, 1, {nil, 8080}},
    ["an option that it does not know"] = {{"127.0.0.1", 1}, {speed = 1}},
    ["a delay that is text"] = {{"127.0.0.1", 1}, {happy_eyeballs_delay = "1"}},
    ["options that are none"] = {{"127.0.0.1", 1}, 1, nil, 5},
  }) do
    it(name, function()
      local ok, err = pcall(socket.create_connection, table.unpack(arguments, 1, 4))
      assert.is_false(ok)
      assert.matches("bad argument #%d to 'create_connection'", tostring(err))
    end)
  end
end)

-- Runs a case of the role in a network with a name server and a hole: what it printed.
local function attempt(case)
  local network = fixture.network({dns = true, hole = true})
  local child = network:child("connection", case)
  local result, took, left = child:line(), child.output:read("n", "n", "l")
  local host = child:line()
  assert.equal("", child:errors())
  assert.equal(0, child:wait())
  return result, took, left, host
end

describe("create_connection to a name", function()
  it("does not wait for a dead first address", function()
    local result, took, left = attempt("mixed")
    assert.equal("127.0.0.1 30.0", result)
    assert.is_true(took >= 0.25)
    assert.is_true(took < 10)
    assert.equal(0, left)
  end)

  it("starts the next attempt after the delay it was given", function()
    local result, took, left = attempt("mixed, with a delay")
    assert.equal("127.0.0.1 30.0", result)
    assert.is_true(took >= 0.6)
    assert.is_true(took < 10)
    assert.equal(0, left)
  end)

  it("needs no timeout to get past a dead address", function()
    local result, _, left = attempt("mixed, without a timeout")
    assert.equal("127.0.0.1 nil", result)
    assert.equal(0, left)
  end)

  it("goes one after the other when told so", function()
    local result, took, left = attempt("mixed, in turn")
    assert.equal("timeout", result)
    assert.is_true(took >= 0.5)
    assert.equal(0, left)
  end)

  it("names no address in its error that it has not tried", function()
    local _, _, _, host = attempt("mixed, in turn")
    assert.equal("2001:db8::1", host)
  end)

  it("names the host in the error of a lookup that takes too long", function()
    local result, _, _, host = attempt("silent")
    assert.equal("timeout", result)
    assert.equal("silent.test", host)
  end)

  it("tries the next address at once when one is refused", function()
    local result, took, left = attempt("both")
    assert.equal("127.0.0.1 30.0", result)
    assert.is_true(took < 10)
    assert.equal(0, left)
  end)

  it("tries the next address in turn when one is refused", function()
    local result, _, left = attempt("both, in turn")
    assert.equal("127.0.0.1 30.0", result)
    assert.equal(0, left)
  end)

  it("keeps the error of each address", function()
    local result, _, left = attempt("both refused")
    assert.equal("2: ConnectionRefusedError", result)
    assert.equal(0, left)
  end)

  it("is refused where it would be connected to itself", function()
    local result, _, left = attempt("itself")
    assert.equal("ConnectionRefusedError", result)
    assert.equal(0, left)
  end)

  it("fails with a gaierror where there is none", function()
    local result, _, left = attempt("none")
    assert.equal("gaierror", result)
    assert.equal(0, left)
  end)

  it("fails with a gaierror alone even where all errors are wanted", function()
    assert.equal("gaierror", (attempt("none, all errors")))
  end)
end)

describe("twenty dead addresses", function()
  for _, case in ipairs({"dead", "dead, in turn", "dead, by default", "one dead"}) do
    it(("cost one timeout (%s)"):format(case), function()
      local result, took, left = attempt(case)
      assert.equal("timeout", result)
      assert.is_true(took >= 0.5)
      assert.is_true(took < 5)
      assert.equal(0, left)
    end)
  end

  it("cost no more than a name server that never answers", function()
    local result, took = attempt("silent")
    assert.equal("timeout", result)
    assert.is_true(took >= 0.5)
    assert.is_true(took < 5)
  end)

  it("leave an error for each attempt", function()
    local result, took, left = attempt("dead, all errors")
    assert.matches("^%d+: TimeoutError$", result)
    assert.is_true(took >= 0.5)
    assert.equal(0, left)
  end)
end)
