-- relay: passes bytes both ways between two connected sockets. src/relay.c moves the bytes.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local group = require "pysocket.loop.group"
local loop = require "pysocket.loop"

core.part("stream") -- channels read the buffers of files
local channels <const> = core.part("channel")
local recv <const>, send <const>, shutdown <const> = channels.recv, channels.send, channels.shutdown
local monotonic <const> = core.monotonic

-- Passes all bytes of one direction. The channel is empty before each receive.
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

-- Raises a timeout when no byte has moved for that time.
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
  local tasks <close> = group.new() -- when one direction fails, the other ends, too
  local one, other = tasks:spawn(pass, there), tasks:spawn(pass, back)
  if there.common.timeout then tasks:spawn(watch, there.common) end
  one:join()
  other:join()
  tasks:cancel() -- ends the task of `watch`
end

local function new_way(from, to, common)
  return { from = from, to = to, channel = channels.new(from, to), count = 0, common = common }
end

-- Returns bytes that were received and not sent to the source's buffer, for later reads.
local function restore(way)
  if core.filedescriptor(way.from) then channels.restore(way.from, way.channel) end
end

-- Whether an error belongs to this library, so that it can have the field `relayed`.
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

--- Passes bytes both ways between two connected sockets, until both peers have ended their streams.
-- The end of one stream is passed on (`shutdown`, over TLS close_notify) while the other direction
-- continues. The sockets stay open. Bytes in the receive buffers of their files are sent first; the
-- timeouts of the sockets have no effect. Outside of a task, the call blocks until the end. Between
-- sockets without TLS, Linux moves the bytes by splice(2), without copying. After an error, bytes
-- that were received and not sent return to the buffer of their socket, where a file or another
-- relay reads them.
-- @function relay
-- @async
-- @tparam socket a
-- @tparam socket b
-- @tparam[opt] table options `timeout`: seconds without a byte in either direction, after which the
-- call raises `timeout`
-- @treturn integer the number of bytes passed from a to b
-- @treturn integer the number of bytes passed from b to a
-- @raise OSError as recv(2) and send(2), timeout, CancelledError; ExceptionGroup if both directions
-- fail. Each has the field `relayed`: a sequence of the two numbers
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
