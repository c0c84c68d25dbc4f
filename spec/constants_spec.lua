-- The constants, and whether other sources know them with the same values.

local fixture = require "spec.fixture"
local socket = require "pysocket"

-- What a Python program prints, as lines of a name and an integer.
local function python(program)
  fixture.need_command("python3")
  local child = fixture.command({"python3", "-c", program})
  local values = {}
  for line in child.output:lines() do
    local name, value = line:match("^(%S+) (-?%d+)$")
    values[name] = math.tointeger(value)
  end
  assert.equal(0, child:wait())
  return values
end

local PYTHON_SOCKET <const> = [[
import socket
for name in dir(socket):
    value = getattr(socket, name)
    if name.isupper() and isinstance(value, int):
        print(name, int(value))
]]

local PYTHON_ERRNO <const> = [[
import errno
for name in dir(errno):
    if name.startswith("E"):
        print(name, getattr(errno, name))
]]

-- The entries of `from` whose keys are in `by` too.
local function common(from, by)
  local result = {}
  for name, value in pairs(from) do
    if by[name] ~= nil then result[name] = value end
  end
  return result
end

-- The first words of the lines of a file, as a set.
local function first_words(path)
  local words = {}
  for line in io.lines(path) do words[line:match("^%S+")] = true end
  return words
end

-- The part of socket.errno that gives names for numbers.
local function names_by_number()
  local names = {}
  for key, value in pairs(socket.errno) do
    if math.type(key) == "integer" then names[key] = value end
  end
  return names
end

-- The same names, each under the number that socket.errno has for it.
local function swapped_twice(names)
  local result = {}
  for _, name in pairs(names) do result[socket.errno[name]] = name end
  return result
end

describe("the constants", function()
  it("have the values that Python's have", function()
    fixture.need_glibc("Python stands on another")
    local theirs = python(PYTHON_SOCKET)
    assert.same(common(theirs, socket), common(socket, theirs))
  end)

  it("are all that Python has here, of those in the list", function()
    if not socket.BTPROTO_RFCOMM then fixture.lacking("no Bluetooth in the headers") end
    fixture.need_constant("SOCK_CLOEXEC") -- a bare build leaves some out
    local theirs = common(python(PYTHON_SOCKET), first_words("src/constants.txt"))
    assert.same(theirs, common(theirs, socket))
  end)

  it("are nil under names that are none of theirs", function()
    assert.is_nil(socket.AF_INE)
    assert.is_nil(socket["AF_INET\0"])
    assert.is_nil(socket[2])
  end)

  local everywhere = {
    INADDR_ANY = 0,
    INADDR_BROADCAST = 0xffffffff,
    INADDR_LOOPBACK = 0x7f000001,
    INADDR_NONE = 0xffffffff,
    INADDR_UNSPEC_GROUP = 0xe0000000,
    INADDR_ALLHOSTS_GROUP = 0xe0000001,
    INADDR_MAX_LOCAL_GROUP = 0xe00000ff,
    IPPORT_RESERVED = 1024,
    IPPORT_USERRESERVED = 5000,
    IPPROTO_IP = 0,
    IPPROTO_ICMP = 1,
    IPPROTO_TCP = 6,
    IPPROTO_UDP = 17,
    IPPROTO_RAW = 255,
    SHUT_RD = 0,
    SHUT_WR = 1,
    SHUT_RDWR = 2,
    SOL_TCP = 6,
    SOL_UDP = 17,
  }
  for name, value in pairs(everywhere) do
    it(("have %s, on every system"):format(name), function()
      assert.equal(value, socket[name])
      assert.equal("integer", math.type(socket[name]))
    end)
  end

  local somehow = {
    "AF_INET",
    "AF_UNSPEC",
    "NI_MAXHOST",
    "NI_MAXSERV",
    "SOCK_DGRAM",
    "SOCK_RAW",
    "SOCK_STREAM",
    "SOL_IP",
    "SOL_SOCKET",
    "SOMAXCONN",
    "SO_REUSEADDR",
    "UDPLITE_RECV_CSCOV",
    "UDPLITE_SEND_CSCOV",
  }
  for _, name in ipairs(somehow) do
    it(("have %s, whatever its value"):format(name), function()
      assert.equal("integer", math.type(socket[name]))
    end)
  end

  it("are unsigned where C's are: VMADDR_CID_ANY", function()
    if not socket.AF_VSOCK then fixture.lacking("no VM sockets in the headers") end
    assert.equal(0xffffffff, socket.VMADDR_CID_ANY)
    assert.equal(0xffffffff, socket.VMADDR_PORT_ANY)
  end)

  it("are unsigned where C's are: CAN_EFF_FLAG", function()
    if not socket.AF_CAN then fixture.lacking("no CAN in the headers") end
    assert.equal(0x80000000, socket.CAN_EFF_FLAG)
  end)

  it("hold enumerators as well as macros: CAN_RAW_FILTER", function()
    if not socket.CAN_RAW then fixture.lacking("no CAN in the headers") end
    assert.equal(1, socket.CAN_RAW_FILTER)
    assert.equal(12, socket.CAN_BCM_RX_CHANGED)
  end)

  it("hold the options of ISO-TP: CAN_ISOTP_OPTS", function()
    if not socket.CAN_ISOTP then fixture.lacking("no CAN in the headers") end
    assert.equal(106, socket.SOL_CAN_ISOTP)
    assert.equal(1, socket.CAN_ISOTP_OPTS)
    assert.equal(50000, socket.CAN_ISOTP_DEFAULT_FRAME_TXTIME)
    assert.equal(16, socket.CAN_ISOTP_DEFAULT_LL_MTU)
  end)

  it("hold Bluetooth's special addresses as text", function()
    if not socket.BTPROTO_RFCOMM then fixture.lacking("no Bluetooth in the headers") end
    assert.equal("00:00:00:00:00:00", socket.BDADDR_ANY)
    assert.equal("00:00:00:FF:FF:FF", socket.BDADDR_LOCAL)
  end)

  it("say whether IPv6 was built in", function()
    assert.equal(socket.AF_INET6 ~= nil, socket.has_ipv6)
  end)
end)

describe("the table of errno values", function()
  it("has Python's numbers", function()
    local theirs = python(PYTHON_ERRNO)
    assert.same(theirs, common(socket.errno, theirs))
  end)

  it("gives each number a name that has this number", function()
    local names = names_by_number()
    assert.is_not_nil(next(names))
    assert.same(names, swapped_twice(names))
  end)

  it("calls 'would block' EAGAIN, where both names mean one number", function()
    assert.equal(socket.errno.EAGAIN, socket.EAGAIN)
    assert.equal(socket.errno.EBADF, socket.EBADF)
    assert.equal(socket.errno.EWOULDBLOCK, socket.EWOULDBLOCK)
    assert.equal("EAGAIN", socket.errno[socket.EAGAIN])
  end)
end)
