-- A scheduler for programs that run on cqueues: calls in blocking style let other coroutines run.
--
--     local scheduler = require("pysocket.schedulers.cqueues").new(controller)
--     socket.setscheduler(scheduler)
--     scheduler:spawn(function() ... end)
--     assert(controller:loop())
--
-- A task is a coroutine of the controller, so it may also wait with the functions of cqueues.

local condition = require "cqueues.condition"
local core = require "pysocket.core"
local cqueues = require "cqueues"
local interest = require "pysocket.schedulers.interest"

--- A scheduler on cqueues, for `socket.setscheduler`.
-- @class scheduler
-- @tfield any controller the controller of cqueues
local Scheduler = core.class("pysocket.schedulers.cqueues")

--- Starts a function in a coroutine of the controller.
-- @function scheduler:spawn
-- @tparam async f
-- @param ... its arguments
function Scheduler:spawn(f, ...)
  self.controller:wrap(function(...)
    self.tasks[coroutine.running()] = true
    return f(...)
  end, ...)
end

local function wake(_, wait)
  wait.woken = true
  wait.condition:signal()
end

-- Runs while a task waits for a descriptor. It then returns, so that the controller's loop can end.
local function watch(self)
  local readable = { pollfd = self.interest.set.fileno(), events = "r" }
  while self.interest.count > 0 do
    cqueues.poll(readable, self.left)
    self.interest:take(wake)
  end
  self.watching = false
end

-- Called by the library: see socket.setscheduler.
function Scheduler:wait(fd, events, timeout)
  if not fd then return cqueues.poll(timeout) end
  local wait = { fd = fd, events = events, condition = condition.new() }
  self.interest:add(wait)
  if not self.watching then
    self.watching = true
    self.controller:wrap(watch, self)
  end
  cqueues.poll(wait.condition, timeout)
  if not wait.woken then self.interest:remove(wait) end
  if self.interest.count == 0 then self.left:signal() end
end

-- Wakes the tasks that wait for a descriptor before it is closed.
function Scheduler:closing(fd)
  cqueues.cancel(fd) -- wakes the functions of cqueues that poll it
  self.interest:close(fd, wake)
  if self.interest.count == 0 then self.left:signal() end
end

--- Creates a scheduler for `socket.setscheduler`.
-- @function new
-- @param[opt] controller a controller of `cqueues.new`; nil: a new one. It becomes the field
-- `controller`
-- @treturn scheduler
local function new(controller)
  return setmetatable({
    controller = controller or cqueues.new(),
    tasks = setmetatable({}, { __mode = "k" }), -- by coroutine; the library reads this field
    interest = interest.new(),
    left = condition.new(), -- signalled when no task waits
  }, Scheduler)
end

return { new = new }
