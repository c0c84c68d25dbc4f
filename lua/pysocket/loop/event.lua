-- Events: lines whose tasks are all woken at once.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local line = require "pysocket.loop.line"

--- A flag, and the tasks that wait until it is set.
-- @class event
-- @value event Event the class of events
local Event = core.class("pysocket.loop.event")

local function pass() return true end

--- Waits until the event is set. Returns at once if it is set already.
-- @function event:wait
-- @async
-- @tparam[opt] number timeout seconds; nil: no limit
-- @treturn boolean true
-- @raise timeout; an error if it has to wait outside of a task
function Event:wait(timeout)
  arguments.self("wait", self, Event, "event")
  if timeout ~= nil then arguments.seconds(1, "wait", "timeout", timeout) end
  return self.flag or self.waiters:wait(timeout, "wait", pass)
end

--- Sets the event: all waiting tasks continue, even if the event is cleared before their turn.
-- @function event:set
function Event:set()
  arguments.self("set", self, Event, "event")
  self.flag = true
  self.waiters:dismiss()
end

--- Clears the event: later calls of `wait` wait again.
-- @function event:clear
function Event:clear()
  arguments.self("clear", self, Event, "event")
  self.flag = false
end

--- Returns whether the event is set.
-- @function event:is_set
-- @treturn boolean
function Event:is_set()
  arguments.self("is_set", self, Event, "event")
  return self.flag
end

function Event:__tostring()
  arguments.self("tostring", self, Event, "event")
  return self.flag and "<event, set>" or "<event>"
end

--- Creates an event, which is not set.
-- @function loop.event
-- @treturn event
-- @see Python's asyncio.Event
local function event()
  return setmetatable({ flag = false, waiters = line.new(0) }, Event)
end

return { new = event, Event = Event }
