-- A line of tasks that wait for units: the items of a queue, the free places of a queue, the
-- permits of a semaphore. A unit belongs to the line until the woken task takes it. An error that
-- ends the wait of that task (a cancel, a deadline) therefore leaves the unit to the next task.

local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"
local park = require "pysocket.loop.park"

local monotonic <const> = core.monotonic
local suspend <const>, wake <const>, current <const> = park.park, park.wake, park.current

local Line = core.class("pysocket.loop.line")
local Place = core.class("pysocket.loop.place")

--- Creates a line.
-- @tparam integer units the number of units at the start
local function new(units)
  return setmetatable({
    units = units,
    length = 0, -- the number of tasks in line
    ready = 0, -- the number of woken tasks, at the head of the line
    first = false,
    last = false,
    pending = false, -- the first place whose task was not woken
    shut = false, -- the line is closed: no task waits
    bounded = false, -- units beyond the number of tasks in line are dropped
  }, Line)
end

-- Adds units, and wakes as many tasks as there are units, in the order of their calls. Only the
-- first call of `wake` may fail for lack of memory; nothing has changed then.
local function announce(self, count)
  local place, units = self.pending, self.units + count
  while place and self.ready < units do
    wake(place.task)
    self.ready = self.ready + 1
    place.ready = true
    place = place.next
  end
  self.units, self.pending = units, place
end

-- The place is the tail's neighbour or the head's as well as between two others.
local function unlink(self, place)
  local before, after = place.before, place.next
  if before then before.next = after else self.first = after end
  if after then after.before = before else self.last = before end
  if self.pending == place then self.pending = after end
  self.length = self.length - 1
  if place.ready then self.ready = self.ready - 1 end
end

function Place:__close()
  local line = self.line
  if not line then return end -- the task has its unit, or the line was dismissed
  unlink(line, self)
  if line.bounded and line.units > line.length then line.units = line.length end
  announce(line, 0)
end

local function enter(self, task)
  local place = setmetatable({
    line = self,
    task = task,
    ready = false,
    before = self.last,
    next = false,
  }, Place)
  if self.last then self.last.next = place else self.first = place end
  self.last = place
  self.pending = self.pending or place
  self.length = self.length + 1
  return place
end

local function raise_timeout(call)
  core.raise("TimeoutError", { strerror = "timed out", call = call })
end

local function wait(self, task, timeout, call, act, ...)
  local deadline = timeout and monotonic() + timeout
  local place <close> = enter(self, task)
  while not (place.ready or self.shut) do
    local left = deadline and deadline - monotonic()
    if left and left <= 0 then raise_timeout(call) end
    suspend(left, call)
  end
  if not place.ready then return nil end
  local result = act(...)
  if place.line then
    unlink(self, place)
    place.line = false
  end
  return result
end

--- Returns whether there is a unit that no task in line will take.
function Line:vacant()
  return self.units > self.length
end

--- Waits in line, then calls a function that takes the unit. The caller has found that no unit is
-- vacant.
-- @tparam ?number timeout seconds
-- @tparam string call the name of the caller's method
-- @tparam function act takes the unit (decrements `units`) after all steps that may fail
-- @param ... its arguments
-- @return the result of `act`; nil if the line was closed
-- @raise timeout; an error outside of a task
function Line:wait(timeout, call, act, ...)
  local task = current()
  if not task then park.outside(("'%s' has to wait"):format(call), 3) end
  return cleanup.closing(wait, self, task, timeout, call, act, ...)
end

--- Adds units; an error leaves the line as it was.
Line.give = announce

--- Adds at most that many units: at most one for each task in line that was not woken.
function Line:notify(count)
  self:give(math.min(count, self.length - self.ready))
end

--- Wakes all tasks in line, and lets them continue without a unit.
function Line:dismiss()
  local place = self.first
  self.first, self.last, self.pending = false, false, false
  self.length, self.ready = 0, 0
  while place do
    place.line, place.ready = false, true
    wake(place.task)
    place = place.next
  end
end

--- Closes the line: tasks without a unit stop waiting, and later calls do not wait.
function Line:close()
  self.shut = true
  local place = self.pending
  while place do
    wake(place.task)
    place = place.next
  end
end

return { new = new }
