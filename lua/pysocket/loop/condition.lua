-- Conditions: a line for notifications, and a lock.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local line = require "pysocket.loop.line"
local lock = require "pysocket.loop.lock"
local park = require "pysocket.loop.park"

--- A lock, with a line of tasks that wait for a change of the data that the lock guards.
-- @class condition
-- @value condition Condition the class of conditions
local Condition = core.class("pysocket.loop.condition")

local function check_self(name, self)
  return arguments.self(name, self, Condition, "condition")
end

--- Acquires the lock of the condition, as `lock:acquire` does.
-- @function condition:acquire
-- @async
-- @tparam[opt] number timeout seconds; nil: no limit
-- @return a value for a `<close>` variable, which releases the lock
-- @raise timeout; an error if the task holds the lock already, or outside of a task
function Condition:acquire(timeout)
  return check_self("acquire", self).lock:acquire(timeout)
end

--- Releases the lock of the condition.
-- @function condition:release
-- @raise an error if the running task does not hold the lock
function Condition:release()
  return check_self("release", self).lock:release()
end

--- Returns whether a task holds the lock of the condition, or is about to.
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

-- Acquires the lock again, whatever interrupts the wait; returns the first error that interrupted
-- it.
local function reacquire(self, task)
  local interrupt
  while self.owner ~= task do
    local ok, err = park.shielded(lock.acquire, self, task)
    if not ok and not park.is_interrupt(err) then error(err, 0) end -- the loop is closed
    if not ok then interrupt = interrupt or err end
  end
  return interrupt
end

--- Releases the lock, waits for a notification, and acquires the lock again, also before it raises.
-- @function condition:wait
-- @async
-- @tparam[opt] number timeout seconds until the notification; nil: no limit
-- @treturn boolean true
-- @raise timeout; an error if the task does not hold the lock
function Condition:wait(timeout)
  check_self("wait", self)
  if timeout ~= nil then arguments.seconds(1, "wait", "timeout", timeout) end
  local task = check_holder(self)
  lock.release(self.lock)
  local ok, err = pcall(self.waiters.wait, self.waiters, timeout, "wait", take, self.waiters)
  local interrupt = reacquire(self.lock, task)
  if ok and interrupt then self.waiters:notify(1) end -- another task takes the notification
  if not ok or interrupt then error(ok and interrupt or err, 0) end
  return true
end

--- Calls a function, now and after each notification, until it returns a true value.
-- @function condition:wait_for
-- @async
-- @tparam function() predicate called while the task holds the lock
-- @tparam[opt] number timeout seconds; nil: no limit
-- @return the result of the function
-- @raise timeout; an error if the task does not hold the lock
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

--- Wakes waiting tasks, in the order of their calls.
-- @function condition:notify
-- @tparam[opt=1] integer n the maximum number of tasks
-- @raise an error if the task does not hold the lock
function Condition:notify(n)
  check_self("notify", self)
  if n ~= nil then n = arguments.integer(1, "notify", "n", n, 0) end
  check_holder(self)
  self.waiters:notify(n or 1)
end

--- Wakes all waiting tasks.
-- @function condition:notify_all
-- @raise an error if the task does not hold the lock
function Condition:notify_all()
  check_self("notify_all", self)
  check_holder(self)
  self.waiters:notify(math.maxinteger)
end

function Condition:__tostring()
  check_self("tostring", self)
  return ("<condition with %s>"):format(self.lock)
end

--- Creates a condition.
-- @function loop.condition
-- @tparam[opt] lock lock the lock, which several conditions may share; nil: a new lock
-- @treturn condition
-- @see Python's asyncio.Condition
local function condition(guard)
  if guard ~= nil and not core.isinstance(guard, lock.Lock) then
    core.argerror(1, "condition", "lock expected, got " .. arguments.type_name(guard))
  end
  local waiters = line.new(0)
  waiters.bounded = true -- a notification for a task that gives up is dropped
  return setmetatable({ lock = guard or lock.new(), waiters = waiters }, Condition)
end

return { new = condition, Condition = Condition }
