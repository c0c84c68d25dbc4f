-- relay: bytes both ways between two connected sockets. How they are moved is in src/relay.c.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local group = require "pysocket.loop.group"
local loop = require "pysocket.loop"

core.part("stream") -- the channels know the bytes that files have received
local channels <const> = core.part("channel")
local recv <const>, send <const>, shutdown <const> = channels.recv, channels.send, channels.shutdown
local monotonic <const> = core.monotonic

-- One direction, to its end. The channel is empty before each receive.
local function pass(way)
  local from, to, channel = way.from, way.to, way.channel
  local common = way.common
  while recv(from, channel) > 0 do
    local more
    repeat
      local count
      count, more = send(to, channel)
      way.count = way.count + count
      if common.timeout then common.active = monotonic() end
    until not more
  end
  shutdown(to)
end

-- Fails when no byte has moved for as long as the timeout.
local function watch(common)
  while true do
    local left = common.active + common.timeout - monotonic()
    if left <= 0 then
      core.raise("TimeoutError", { strerror = "timed out: no bytes came", call = "relay" })
    end
    loop.sleep(left)
  end
end

local function pass_both(there, back)
  local tasks <close> = group.new() -- if one direction breaks, the other is of no use any more
  local one, other = tasks:spawn(pass, there), tasks:spawn(pass, back)
  if there.common.timeout then tasks:spawn(watch, there.common) end
  one:join()
  other:join()
  tasks:cancel() -- the watch
end

local function new_way(from, to, common)
  return { from = from, to = to, channel = channels.new(from, to), count = 0, common = common }
end

-- What a direction has received and not sent is there for whoever receives next.
local function restore(way)
  if way.from:fileno() >= 0 then channels.restore(way.from, way.channel) end
end

-- Whether an error is one of ours, of which a program may want to know how far the relay had come.
local function tells(err)
  return core.isinstance(err, core.OSError)
    or core.isinstance(err, core.CancelledError)
    or core.isinstance(err, core.ExceptionGroup)
end

local function run(a, b, timeout)
  local common = { timeout = timeout, active = monotonic() }
  local there, back = new_way(a, b, common), new_way(b, a, common)
  local ok, err = pcall(pass_both, there, back)
  if ok then return there.count, back.count end
  restore(there)
  restore(back)
  if tells(err) then err.relayed = { there.count, back.count } end
  error(err, 0)
end

local function check_socket(arg, value)
  if not core.isinstance(value, core.socket) then
    core.argerror(arg, "relay", "socket expected, got " .. arguments.type_name(value))
  elseif value.type & core.SOCK_STREAM == 0 then
    core.argerror(arg, "relay", "only SOCK_STREAM type sockets are supported")
  end
end

--- Passes bytes on between two connected sockets, both ways, until both have ended. What the files
-- of a socket have received and not given out goes first. Where one side has ended, the other side
-- is told (`shutdown`, over TLS its close_notify) and may go on. The sockets stay open, and their
-- own timeouts do not count. Where neither is an `SSLSocket`, Linux moves the bytes by splice(2),
-- without copying them. Outside of a task nothing else runs meanwhile. After an error the bytes
-- that had been received and not sent are there for the next receive of a file or a relay.
-- @function relay
-- @async
-- @tparam socket a
-- @tparam socket b
-- @tparam[opt] table options `timeout`: after so many seconds without a byte it raises `timeout`
-- @treturn integer bytes passed from a to b
-- @treturn integer bytes passed from b to a
-- @raise OSError as recv(2) and send(2), timeout, CancelledError; ExceptionGroup where both
-- directions failed. Each has `relayed`: a sequence of the two numbers
-- @see splice(2)
-- @usage socket.relay(client, server, { timeout = 300 })
local function public(...)
  local a, b, timeout = core.arguments("relay", 2, "a b timeout=", ...)
  check_socket(1, a)
  check_socket(2, b)
  if rawequal(a, b) then core.argerror(2, "relay", "b must be another socket than a") end
  if timeout ~= nil then arguments.seconds(3, "relay", "timeout", timeout) end
  if loop.running() then return run(a, b, timeout) end
  return loop.run(run, a, b, timeout)
end

return { relay = public }
