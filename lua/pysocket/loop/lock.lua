-- Locks: a line for one permit, and its owner.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local held = require "pysocket.loop.held"
local line = require "pysocket.loop.line"
local park = require "pysocket.loop.park"

local current <const> = park.current

--- A lock, which one task at a time holds. Waiting tasks get the lock in the order of their calls.
-- @class lock
-- @value lock Lock the class of locks
local Lock = core.class("pysocket.loop.lock")

local function take_lock(self, task)
  self.owner = task
  self.permits.units = 0
end

local function acquire(self, task, timeout)
  if self.permits:vacant() then
    take_lock(self, task)
  else
    self.permits:wait(timeout, "acquire", take_lock, self, task)
  end
  return self.held
end

--- Acquires the lock; waits while another task holds it.
-- @function lock:acquire
-- @async
-- @tparam[opt] number timeout seconds; nil: no limit
-- @return a value for a `<close>` variable, which releases the lock
-- @raise timeout; an error if the task holds the lock already, or outside of a task
function Lock:acquire(timeout)
  arguments.self("acquire", self, Lock, "lock")
  if timeout ~= nil then arguments.seconds(1, "acquire", "timeout", timeout) end
  local task = current() or park.outside("'acquire'", 2)
  if self.owner == task then error("the task holds the lock already", 2) end
  return acquire(self, task, timeout)
end

local function release(self)
  self.permits:give(1)
  self.owner = false
end

--- Releases the lock; the task that has waited longest gets it.
-- @function lock:release
-- @raise an error if the running task does not hold the lock
function Lock:release()
  arguments.self("release", self, Lock, "lock")
  if not self.owner or self.owner ~= current() then
    error("the task does not hold the lock", 2)
  end
  release(self)
end

-- The block may have released the lock already.
local function release_held(self)
  if self.owner and self.owner == current() then release(self) end
end

--- Returns whether a task holds the lock, or is about to.
-- @function lock:locked
-- @treturn boolean
function Lock:locked()
  arguments.self("locked", self, Lock, "lock")
  return not self.permits:vacant()
end

function Lock:__tostring()
  arguments.self("tostring", self, Lock, "lock")
  return self.owner and ("<lock of %s>"):format(self.owner) or "<lock>"
end

--- Creates a lock.
-- @function loop.lock
-- @treturn lock
-- @see Python's asyncio.Lock
local function lock()
  local self = setmetatable({ permits = line.new(1), owner = false }, Lock)
  self.held = held.new(self, release_held)
  return self
end

return { acquire = acquire, new = lock, release = release, Lock = Lock }
