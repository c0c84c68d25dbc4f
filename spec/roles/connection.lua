-- connection CASE: create_connection in a network of its own, with spec/roles/dns.lua and a hole.
-- Prints what came of it, the seconds it took, how many descriptors it left open, and the host that the error names.

local case = ...
local machine = require "spec.machine"
local socket = require "pysocket"

local server = socket.socket()
server:bind({"127.0.0.1", 0})
server:listen()
local port = server:getsockname()[2]

-- A port where nothing listens.
local closed = socket.socket()
closed:bind({"127.0.0.1", 0})
local refusing = closed:getsockname()[2]

-- A port where nobody is.
local given_back = socket.socket()
given_back:bind({"127.0.0.1", 0})
local free = given_back:getsockname()[2]
given_back:close()

-- A name, a port, a timeout, options.
local cases = {
  -- the first address is dead, the second one answers
  mixed = {"mixed.test", port, 30},
  ["mixed, with a delay"] = {"mixed.test", port, 30, {happy_eyeballs_delay = 0.6}},
  ["mixed, in turn"] = {"mixed.test", port, 0.5, {happy_eyeballs_delay = false}},
  ["mixed, without a timeout"] = {"mixed.test", port, false},
  -- the first is refused, the second one answers
  both = {"both.test", port, 30, {happy_eyeballs_delay = 20}},
  ["both, in turn"] = {"both.test", port, 30, {happy_eyeballs_delay = false}},
  ["both refused"] = {"both.test", refusing, 30, {all_errors = true}},
  -- twenty dead ones
  dead = {"dead.test", port, 0.5},
  ["dead, in turn"] = {"dead.test", port, 0.5, {happy_eyeballs_delay = false}},
  ["dead, all errors"] = {"dead.test", port, 2, {all_errors = true}}, -- of which the name takes a part
  ["dead, by default"] = {"dead.test", port},
  ["one dead"] = {"192.0.2.1", port, 0.5},
  -- connected to itself, as it may happen where nothing listens
  itself = {"both.test", free, 30, {source_address = {"127.0.0.1", free}}},
  -- no address
  silent = {"silent.test", port, 0.5},
  none = {"none.test", port, 30},
  ["none, all errors"] = {"none.test", port, 30, {all_errors = true}},
}

local host, service, timeout, options = table.unpack(cases[case], 1, 4)
if timeout == nil then socket.setdefaulttimeout(0.5) end

local function connect()
  local s <close> = socket.create_connection({host, service}, timeout, nil, options)
  return ("%s %s"):format(s:getpeername()[1], s:gettimeout())
end

local function class(err)
  if socket.isinstance(err, socket.ExceptionGroup) then
    return ("%d: %s"):format(#err.exceptions, getmetatable(err.exceptions[1]).__name)
  end
  for _, name in ipairs({"timeout", "gaierror", "ConnectionRefusedError"}) do
    if socket.isinstance(err, socket[name]) then return name end
  end
  return tostring(err)
end

pcall(socket.getaddrinfo, "none.test", 80) -- the state's own descriptor for lookups is not counted
local before = #machine.descriptors()
local start = socket.monotonic()
local ok, result = pcall(connect)
local took = socket.monotonic() - start
print(ok and result or class(result))
print(took)
print(#machine.descriptors() - before)
local address = not ok and result.address
print(type(address) == "table" and address.host or address)
