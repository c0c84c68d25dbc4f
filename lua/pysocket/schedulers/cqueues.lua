-- Waiting by cqueues: blocking-style code in the coroutines of a program that runs on it.
--
--     local scheduler = require("pysocket.schedulers.cqueues").new(controller)
--     socket.setscheduler(scheduler)
--     scheduler:spawn(function() ... end)
--     assert(controller:loop())
--
-- A task may also wait by the means of cqueues: it is a coroutine of the controller.

local condition = require "cqueues.condition"
local core = require "pysocket.core"
local cqueues = require "cqueues"
local interest = require "pysocket.schedulers.interest"

--- Waiting in the hands of cqueues: to be given to `socket.setscheduler`.
-- @class scheduler
-- @tfield any controller of cqueues
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

-- Runs as long as somebody waits for a descriptor: the controller's loop ends when nobody does.
local function watch(self)
  local readable = { pollfd = self.interest.set.fileno(), events = "r" }
  while self.interest.count > 0 do
    cqueues.poll(readable, self.left)
    self.interest:take(wake)
  end
  self.watching = false
end

-- What the engine calls: see socket.setscheduler.
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

-- A descriptor is about to be closed: who waits on it is woken.
function Scheduler:closing(fd)
  cqueues.cancel(fd) -- who polls it by the means of cqueues, too
  self.interest:close(fd, wake)
  if self.interest.count == 0 then self.left:signal() end
end

--- A scheduler for `socket.setscheduler`.
-- @function new
-- @param[opt] controller what `cqueues.new` gave; without, a new one: the field `controller`
-- @treturn scheduler
local function new(controller)
  return setmetatable({
    controller = controller or cqueues.new(),
    tasks = setmetatable({}, { __mode = "k" }), -- by coroutine; the engine looks here
    interest = interest.new(),
    left = condition.new(), -- somebody waits no more
  }, Scheduler)
end

return { new = new }
