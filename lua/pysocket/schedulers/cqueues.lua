-- Waiting by cqueues: blocking-style code in the coroutines of a program that runs on it.
--
--     local scheduler = require("pysocket.schedulers.cqueues").new(controller)
--     socket.setscheduler(scheduler)
--     scheduler:spawn(function() ... end)
--     assert(controller:loop())

local core = require "pysocket.core"
local cqueues = require "cqueues"

local EVENTS <const> = { "r", "w", "rw" }

local Scheduler = core.class("pysocket.schedulers.cqueues")

--- Starts a function in a coroutine of the controller.
-- @function scheduler:spawn
-- @tparam function f
-- @param ... its arguments
function Scheduler:spawn(f, ...)
  self.controller:wrap(function(...)
    self.tasks[coroutine.running()] = true
    return f(...)
  end, ...)
end

-- What the engine calls: see socket.setscheduler.
function Scheduler:wait(fd, events, timeout)
  if not fd then return cqueues.poll(timeout) end
  cqueues.poll({ pollfd = fd, events = EVENTS[events] }, timeout)
end

-- A descriptor is about to be closed: who polls it is woken.
function Scheduler:closing(fd)
  cqueues.cancel(fd)
end

--- A scheduler for `socket.setscheduler`.
-- @function new
-- @param[opt] controller what `cqueues.new` gave; without, a new one: the field `controller`
-- @treturn scheduler
local function new(controller)
  return setmetatable({
    controller = controller or cqueues.new(),
    tasks = setmetatable({}, { __mode = "k" }), -- by coroutine; the engine looks here
  }, Scheduler)
end

return { new = new }
