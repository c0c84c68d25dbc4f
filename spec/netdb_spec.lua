local fixture = require "spec.fixture"
local socket = require "pysocket"

local refuses <const> = fixture.refuses

-- `it` where the machine has a database of services or of protocols
local function where_known(f, name)
  if pcall(f, name) then return it end
  return function(title) pending(title .. " (this machine does not know '" .. name .. "')") end
end

describe("getservbyname", function()
  local it_knows = where_known(socket.getservbyname, "http")

  it_knows("gives the port of a service", function()
    assert.equal(80, socket.getservbyname("http"))
    assert.equal(80, socket.getservbyname("http", "tcp"))
    assert.equal("integer", math.type(socket.getservbyname("http")))
  end)

  it_knows("takes nil for any protocol", function()
    assert.equal(80, socket.getservbyname("http", nil))
  end)

  it_knows("raises when the service has no such protocol", function()
    local err = fixture.raises(socket.OSError, socket.getservbyname, "http", "no such protocol")
    assert.equal("service/proto not found", err.strerror)
  end)

  it("raises an OSError without an errno for an unknown service", function()
    local err = fixture.raises(socket.OSError, socket.getservbyname, "no such service")
    assert.is_nil(err.errno)
    assert.equal("service/proto not found", err.strerror)
    assert.equal("getservbyname", err.call)
  end)

  it("refuses wrong types", function()
    refuses("bad argument #1 to 'getservbyname' (servicename must be a string, got number)",
      socket.getservbyname, 80)
    refuses("bad argument #1 to 'getservbyname' (servicename must be a string, got nil)",
      socket.getservbyname, nil)
    refuses("bad argument #2 to 'getservbyname' (protocolname must be a string, got number)",
      socket.getservbyname, "http", 6)
  end)
end)

describe("getservbyport", function()
  local it_knows = where_known(socket.getservbyname, "http")

  it_knows("gives the name of the service on a port", function()
    assert.equal("http", socket.getservbyport(80))
    assert.equal("http", socket.getservbyport(80, "tcp"))
  end)

  it_knows("raises when the port has no such protocol", function()
    local err = fixture.raises(socket.OSError, socket.getservbyport, 80, "no such protocol")
    assert.equal("port/proto not found", err.strerror)
  end)

  it("raises an OSError without an errno for a port without a service", function()
    local err = fixture.raises(socket.OSError, socket.getservbyport, 0)
    assert.is_nil(err.errno)
    assert.equal("port/proto not found", err.strerror)
    assert.equal("getservbyport", err.call)
  end)

  it("refuses a port outside 0-65535", function()
    refuses("bad argument #1 to 'getservbyport' (port must be 0-65535, got 65536)",
      socket.getservbyport, 65536)
    refuses("bad argument #1 to 'getservbyport' (port must be 0-65535, got -1)",
      socket.getservbyport, -1)
  end)

  it("refuses wrong types", function()
    refuses("bad argument #1 to 'getservbyport' (port must be an integer, got string)",
      socket.getservbyport, "80")
    refuses("bad argument #2 to 'getservbyport' (protocolname must be a string, got boolean)",
      socket.getservbyport, 80, true)
  end)
end)

describe("getprotobyname", function()
  local it_knows = where_known(socket.getprotobyname, "icmp")

  local numbers = {icmp = socket.IPPROTO_ICMP, tcp = socket.IPPROTO_TCP, udp = socket.IPPROTO_UDP}
  for name, number in pairs(numbers) do
    it_knows("gives the number of " .. name, function()
      assert.equal(number, socket.getprotobyname(name))
    end)
  end

  it("raises an OSError without an errno for an unknown protocol", function()
    local err = fixture.raises(socket.OSError, socket.getprotobyname, "no such protocol")
    assert.is_nil(err.errno)
    assert.equal("protocol not found", err.strerror)
    assert.equal("getprotobyname", err.call)
  end)

  it("refuses what is no name", function()
    refuses("bad argument #1 to 'getprotobyname' (protocolname must be a string, got number)",
      socket.getprotobyname, 6)
  end)
end)

describe("the name of this host", function()
  it("is the system's", function()
    fixture.need_command("uname")
    local pipe <close> = io.popen("uname -n")
    assert.equal(pipe:read("l"), socket.gethostname())
  end)

  -- to the name that it has already: a test must not change the machine
  it("can be set with the rights of an administrator alone", function()
    fixture.need_constant("sethostname")
    local ok, err = pcall(socket.sethostname, socket.gethostname())
    assert.is_true(ok or socket.isinstance(err, socket.PermissionError), tostring(err))
  end)

  it("raises an OSError with an errno when the system refuses it", function()
    fixture.need_constant("sethostname")
    local before = socket.gethostname()
    local err = fixture.raises(socket.OSError, socket.sethostname, ("x"):rep(2000))
    assert.equal("integer", math.type(err.errno))
    assert.equal("sethostname", err.call)
    assert.equal(before, socket.gethostname())
  end)

  it("has to be text without zeros", function()
    fixture.need_constant("sethostname")
    refuses("bad argument #1 to 'sethostname' (name must be a string, got number)",
      socket.sethostname, 1)
    refuses("bad argument #1 to 'sethostname' (name must be a string, got nil)",
      socket.sethostname, nil)
    refuses("bad argument #1 to 'sethostname' (name must not contain null",
      socket.sethostname, "a\0b")
  end)
end)
