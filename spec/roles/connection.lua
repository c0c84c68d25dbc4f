-- connection CASE: create_connection in a network of its own, with spec/roles/dns.lua and a hole.
-- Prints what came of it, the seconds it took, and how many descriptors it left open.

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

local function peer(...)
  local s <close> = socket.create_connection(...)
  return ("%s %s"):format(s:getpeername()[1], s:gettimeout())
end

local cases = {
  -- the first address is dead, the second one answers
  mixed = function() return peer({"mixed.test", port}, 30) end,
  ["mixed, with a delay"] = function() return peer({"mixed.test", port}, 30, nil, {happy_eyeballs_delay = 0.6}) end,
  ["mixed, in turn"] = function() return peer({"mixed.test", port}, 0.5, nil, {happy_eyeballs_delay = false}) end,
  ["mixed, without a timeout"] = function() return peer({"mixed.test", port}, false) end,
  -- the first is refused, the second one answers
  both = function() return peer({"both.test", port}, 30, nil, {happy_eyeballs_delay = 20}) end,
  ["both, in turn"] = function() return peer({"both.test", port}, 30, nil, {happy_eyeballs_delay = false}) end,
  ["both refused"] = function() return peer({"both.test", refusing}, 30, nil, {all_errors = true}) end,
  -- twenty dead ones
  dead = function() return peer({"dead.test", port}, 0.5) end,
  ["dead, in turn"] = function() return peer({"dead.test", port}, 0.5, nil, {happy_eyeballs_delay = false}) end,
  ["dead, all errors"] = function() return peer({"dead.test", port}, 0.5, nil, {all_errors = true}) end,
  ["dead, by default"] = function()
    socket.setdefaulttimeout(0.5)
    return peer({"dead.test", port})
  end,
  ["one dead"] = function() return peer({"192.0.2.1", port}, 0.5) end,
  -- names
  silent = function() return peer({"silent.test", port}, 0.5) end,
  none = function() return peer({"none.test", port}, 30) end,
  ["none, all errors"] = function() return peer({"none.test", port}, 30, nil, {all_errors = true}) end,
}

local function class(err)
  if socket.isinstance(err, socket.ExceptionGroup) then
    local names = {}
    for i, one in ipairs(err.exceptions) do names[i] = getmetatable(one).__name end
    return ("%d: %s"):format(#names, names[1])
  end
  for _, name in ipairs({"timeout", "gaierror", "ConnectionRefusedError"}) do
    if socket.isinstance(err, socket[name]) then return name end
  end
  return tostring(err)
end

local before = #machine.descriptors()
local start = socket.monotonic()
local ok, result = pcall(cases[case])
local took = socket.monotonic() - start
print(ok and result or class(result))
print(took)
print(#machine.descriptors() - before)
