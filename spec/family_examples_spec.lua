-- The programs in examples/ that show families other than IP, run as their users run them.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local function example(name, ...)
  return fixture.program("examples/" .. name .. ".lua", ...)
end

-- The command that runs an example, for a network.
local function command(name, ...)
  local words = fixture.role("", ...)
  words[2] = "examples/" .. name .. ".lua"
  return words
end

local function assert_failure(message, child)
  child:rest()
  assert.equal(1, child:wait())
  assert.matches(message, child:errors(), 1, true)
end

-- Pending where the system has no such sockets, or not for us.
local function need(family, type, proto)
  if not socket[family] then fixture.lacking("this build lacks " .. family) end
  local ok, s = pcall(fixture.socket, socket[family], type, proto)
  if not ok then fixture.lacking(("no %s: %s"):format(family, s.strerror)) end
end

describe("examples/can.lua", function()
  it("receives the frame that it sent", function()
    need("AF_CAN", socket.SOCK_RAW, socket.CAN_RAW)
    if not pcall(socket.if_nametoindex, "vcan0") then fixture.lacking("there is no vcan0") end
    assert.equal("on vcan0: identifier 123, 5 bytes: hello\n", example("can"):succeed())
  end)

  it("says what is missing", function()
    local has = pcall(fixture.socket, socket.AF_CAN or -2, socket.SOCK_RAW, socket.CAN_RAW)
    local message = has and "cannot use nonesuch: No such device" or "no CAN"
    assert_failure(message, example("can", "nonesuch"))
  end)
end)

describe("examples/sniffer.lua", function()
  it("prints what passes an interface, as often as it is told, and ends", function()
    need("AF_PACKET", socket.SOCK_DGRAM)
    local network = fixture.network({})
    local sniffer = network:command(command("sniffer", "lo", 4, 10))
    assert.equal("listening on lo", sniffer:line())
    network:command(command("echo_client", "127.0.0.1", 9)) -- where nobody listens
    local line = "[^\n]+ bytes  127%.0%.0%.1 > 127%.0%.0%.1 TCP\n"
    assert.equal(4, select(2, sniffer:succeed():gsub(line, "")))
  end)

  it("says when nothing came", function()
    need("AF_PACKET", socket.SOCK_DGRAM)
    assert_failure("timed out", fixture.network({}):command(command("sniffer", "lo", 1, 0.05)))
  end)

  it("says when there is no such interface", function()
    need("AF_PACKET", socket.SOCK_DGRAM)
    assert_failure("cannot use nonesuch: No such device", example("sniffer", "nonesuch"))
  end)
end)

describe("examples/interfaces.lua", function()
  it("lists all the interfaces", function()
    need("AF_NETLINK", socket.SOCK_RAW, socket.NETLINK_ROUTE)
    local output = example("interfaces"):succeed()
    for _, pair in ipairs(socket.if_nameindex()) do
      assert.matches(("\n%d: %s "):format(pair.index, pair.name), "\n" .. output, 1, true)
    end
  end)
end)

describe("examples/pass_descriptor.lua", function()
  it("hears from the process that got the socket", function()
    fixture.need_constant("SCM_RIGHTS")
    assert.equal(
      'child: got "a socket for you" and 1 descriptor\n' ..
      'parent: got "hello, over a socket that I did not open"\n',
      example("pass_descriptor"):succeed())
  end)
end)
