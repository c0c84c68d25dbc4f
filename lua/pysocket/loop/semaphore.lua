-- Semaphores: a line for permits.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local held = require "pysocket.loop.held"
local line = require "pysocket.loop.line"

--- A number of permits. Waiting tasks get permits in the order of their calls.
-- @class semaphore
-- @value semaphore Semaphore the class of semaphores
local Semaphore = core.class("pysocket.loop.semaphore")

local function take(permits)
  permits.units = permits.units - 1
end

--- Acquires a permit; waits while none is free.
-- @function semaphore:acquire
-- @async
-- @tparam[opt] number timeout seconds; nil: no limit
-- @return a value for a `<close>` variable, which releases the permit
-- @raise timeout; an error if it has to wait outside of a task
function Semaphore:acquire(timeout)
  arguments.self("acquire", self, Semaphore, "semaphore")
  if timeout ~= nil then arguments.seconds(1, "acquire", "timeout", timeout) end
  local permits = self.permits
  if permits:vacant() then
    take(permits)
  else
    permits:wait(timeout, "acquire", take, permits)
  end
  return self.held
end

--- Releases a permit.
-- @function semaphore:release
function Semaphore:release()
  arguments.self("release", self, Semaphore, "semaphore")
  self.permits:give(1)
end

--- Returns whether `acquire` would wait.
-- @function semaphore:locked
-- @treturn boolean
function Semaphore:locked()
  arguments.self("locked", self, Semaphore, "semaphore")
  return not self.permits:vacant()
end

function Semaphore:__tostring()
  arguments.self("tostring", self, Semaphore, "semaphore")
  return ("<semaphore with %d free>"):format(self.permits.units)
end

--- Creates a semaphore.
-- @function loop.semaphore
-- @tparam[opt=1] integer value the number of permits
-- @treturn semaphore
-- @usage local slots = loop.semaphore(10)
-- local function fetch(url)
--   local _ <close> = slots:acquire() -- until the function ends
--   return get(url)
-- end
-- @see Python's asyncio.Semaphore
local function semaphore(value)
  if value ~= nil then value = arguments.integer(1, "semaphore", "value", value, 0) end
  local self = setmetatable({ permits = line.new(value or 1) }, Semaphore)
  self.held = held.new(self, self.release)
  return self
end

return { new = semaphore, Semaphore = Semaphore }
