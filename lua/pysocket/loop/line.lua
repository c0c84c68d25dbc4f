-- Tasks that wait in line for units of something: the items of a queue, the places free in it, the
-- permits of a semaphore. A unit stays with the line until the task it was announced to has taken
-- it, so an error that ends that task's wait (a cancel, a deadline) passes the unit on.

local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"
local park = require "pysocket.loop.park"

local monotonic <const> = core.monotonic
local suspend <const>, wake <const>, current <const> = park.park, park.wake, park.current

local Line = core.class("pysocket.loop.line")
local Place = core.class("pysocket.loop.place")

--- A new line.
-- @tparam integer units there are at the start
local function new(units)
  return setmetatable({
    units = units,
    length = 0, -- tasks in line
    ready = 0, -- the first of them, which were woken because there are units for them
    first = false,
    last = false,
    pending = false, -- the first place that is not ready
    shut = false, -- nobody waits any more
    bounded = false, -- no unit stays that no task in line can take
  }, Line)
end

-- Wakes as many tasks as there are units, in the order in which they came.
local function announce(self)
  local place = self.pending
  while place and self.ready < self.units do
    self.ready = self.ready + 1
    place.ready = true
    wake(place.task)
    place = place.next
  end
  self.pending = place
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
  if not line then return end -- dismissed
  unlink(line, self)
  if line.bounded and line.units > line.length then line.units = line.length end
  announce(line)
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
  announce(self)
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
  return act(...)
end

--- Is there a unit for a newcomer, which nobody in line is to have?
function Line:vacant()
  return self.units > self.length
end

--- Waits in line, then calls a function that takes the unit.
-- @tparam ?number timeout seconds
-- @tparam string call the name of the caller's method
-- @tparam function act takes a unit (decrements `units`) after what it does that may fail
-- @param ... its arguments
-- @return what it returns; nil where the line was shut
-- @raise timeout; an error outside of a task
function Line:wait(timeout, call, act, ...)
  local task = current()
  if not task then park.outside(("'%s' has to wait"):format(call), 3) end
  return cleanup.closing(wait, self, task, timeout, call, act, ...)
end

--- Adds units.
function Line:give(count)
  self.units = self.units + count
  announce(self)
end

--- Adds at most that many units, and no more than there are tasks in line without one.
function Line:notify(count)
  self:give(math.min(count, self.length - self.ready))
end

--- Lets all through that are in line, without a unit.
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

--- Ends the waiting, now and later, of those for whom there is no unit.
function Line:close()
  self.shut = true
  local place = self.pending
  while place do
    wake(place.task)
    place = place.next
  end
end

return { new = new }
