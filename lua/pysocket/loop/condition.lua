-- Conditions: a line for notifications, and a lock.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local line = require "pysocket.loop.line"
local lock = require "pysocket.loop.lock"
local park = require "pysocket.loop.park"

--- A lock, and tasks that wait until another task has changed what the lock guards.
-- @class condition
-- @value condition Condition the class of conditions
local Condition = core.class("pysocket.loop.condition")

local function check_self(name, self)
  return arguments.self(name, self, Condition, "condition")
end

--- Takes the condition's lock, as `lock:acquire` does.
-- @function condition:acquire
-- @async
-- @tparam[opt] number timeout seconds; nil: no limit
-- @return a value for a `<close>` variable, which releases the lock
-- @raise timeout; an error where the task holds it already, or outside of a task
function Condition:acquire(timeout)
  return check_self("acquire", self).lock:acquire(timeout)
end

--- Releases the condition's lock.
-- @function condition:release
-- @raise an error where the running task does not hold it
function Condition:release()
  return check_self("release", self).lock:release()
end

--- Does a task hold the condition's lock, or is about to?
-- @function condition:locked
-- @treturn boolean
function Condition:locked()
  return check_self("locked", self).lock:locked()
end

local function check_holder(self)
  local task = park.current()
  if not task or self.lock.owner ~= task then error("the task does not hold the lock", 3) end
  return task
end

local function take(waiters)
  waiters.units = waiters.units - 1
end

-- Takes the lock again, whatever interrupts the wait; the first error that did.
local function reacquire(self, task)
  local interrupt
  while self.owner ~= task do
    local ok, err = park.shielded(lock.acquire, self, task)
    if not ok and not park.is_interrupt(err) then error(err, 0) end -- the loop is closed
    if not ok then interrupt = interrupt or err end
  end
  return interrupt
end

--- Releases the lock, waits to be notified, and takes the lock again: also where it raises.
-- @function condition:wait
-- @async
-- @tparam[opt] number timeout seconds to be notified in; nil: no limit
-- @treturn boolean true
-- @raise timeout; an error where the task does not hold the lock
function Condition:wait(timeout)
  check_self("wait", self)
  if timeout ~= nil then arguments.seconds(1, "wait", "timeout", timeout) end
  local task = check_holder(self)
  lock.release(self.lock)
  local ok, err = pcall(self.waiters.wait, self.waiters, timeout, "wait", take, self.waiters)
  local interrupt = reacquire(self.lock, task)
  if not ok or interrupt then error(ok and interrupt or err, 0) end
  return true
end

--- Waits until a function returns something that is true: now, or after a notification.
-- @function condition:wait_for
-- @async
-- @tparam function() predicate called while the lock is held
-- @tparam[opt] number timeout seconds; nil: no limit
-- @return what the function returned
-- @raise timeout; an error where the task does not hold the lock
function Condition:wait_for(predicate, timeout)
  check_self("wait_for", self)
  arguments.callable(1, "wait_for", predicate)
  if timeout ~= nil then arguments.seconds(2, "wait_for", "timeout", timeout) end
  check_holder(self)
  local deadline = timeout and core.monotonic() + timeout
  local result = predicate()
  while not result do
    self:wait(deadline and deadline - core.monotonic())
    result = predicate()
  end
  return result
end

--- Wakes tasks that wait, those first that have waited longest.
-- @function condition:notify
-- @tparam[opt=1] integer n how many
-- @raise an error where the task does not hold the lock
function Condition:notify(n)
  check_self("notify", self)
  if n ~= nil then n = arguments.integer(1, "notify", "n", n, 0) end
  check_holder(self)
  self.waiters:notify(n or 1)
end

--- Wakes all tasks that wait.
-- @function condition:notify_all
-- @raise an error where the task does not hold the lock
function Condition:notify_all()
  check_self("notify_all", self)
  check_holder(self)
  self.waiters:notify(math.maxinteger)
end

function Condition:__tostring()
  check_self("tostring", self)
  return ("<condition with %s>"):format(self.lock)
end

--- A new condition.
-- @function loop.condition
-- @tparam[opt] lock lock the lock to use, which several conditions may share; nil: a new one
-- @treturn condition
-- @see Python's asyncio.Condition
local function condition(guard)
  if guard ~= nil and not core.isinstance(guard, lock.Lock) then
    core.argerror(1, "condition", "lock expected, got " .. arguments.type_name(guard))
  end
  local waiters = line.new(0)
  waiters.bounded = true -- a notification for a task that gives up is not kept for later ones
  return setmetatable({ lock = guard or lock.new(), waiters = waiters }, Condition)
end

return { new = condition, Condition = Condition }
