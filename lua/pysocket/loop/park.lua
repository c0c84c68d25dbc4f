-- How the tools of this folder suspend a task and resume it: all that they know of the loop.

local core = require "pysocket.core"
local parking = require "pysocket.parking"
local task = require "pysocket.task"
local waiting = require "pysocket.waiting"

local Loop <const> = waiting.Loop
local in_task <const>, wait_in_place <const> = waiting.in_task, waiting.wait_in_place

--- The loop whose task is running, or nil.
local function running()
  local scheduler = core.getscheduler()
  return getmetatable(scheduler) == Loop and scheduler.current and scheduler or nil
end

--- The task that is running, or nil.
local function current()
  local loop = running()
  return loop and loop.tasks[loop.current]
end

--- Suspends the running task until another one wakes it or the time is over. It may also return
-- early, so the caller looks whether its condition holds. Raises what ends a task's wait, a
-- CancelledError or the timeout of a `timeout_after` around it, also where the task has been woken
-- before: what it was woken for then goes to another one.
-- @tparam[opt] number timeout seconds; nil: no limit
local function park(timeout)
  local t = current()
  if in_task(t.loop) then return t.loop:wait(nil, 0, timeout) end
  t.notice = { outcome = false } -- a wait in place ends when the outcome is set
  wait_in_place(t.loop, nil, 0, timeout, t.notice)
end

--- Resumes a task that is suspended by `park`, and no other one. Allocates nothing.
local function wake(t)
  if t.notice then t.notice.outcome = true end
  if t.parked == 0 and not t.fd then parking.wake(t.loop, t) end
end

--- Calls a function outside of the deadlines of the `timeout_after`s around it, for a wait that has
-- to be finished. The first error that interrupts a task, a cancel, still ends the call.
-- @return as pcall
local function shielded(f, ...)
  local t = current()
  if not t then return pcall(f, ...) end
  local scope = t.scope
  t.scope = nil
  local result = table.pack(pcall(f, ...))
  t.scope = scope
  return table.unpack(result, 1, result.n)
end

--- Has a task's failure reported by its group alone.
local function adopt(t)
  t.joined = (t.joined or 0) + 1
end

--- Is it an error that interrupted a wait, and not the failure of what the task did?
local function is_interrupt(err)
  return core.isinstance(err, task.CancelledError) or core.isinstance(err, core.TimeoutError)
end

return {
  CancelledError = task.CancelledError,
  adopt = adopt,
  current = current,
  is_interrupt = is_interrupt,
  loop = running,
  park = park,
  reason = task.unpack_failure, -- the error that a `<close>` variable of a task is closed with
  shielded = shielded,
  wake = wake,
}
