-- How the tools of this folder suspend a task and resume it: all that they know of the loop, which
-- is in C (see src/loop/loop.h).

local core = require "pysocket.core"

local task <const> = core.part("task")
local current <const>, shield <const> = task.current, task.shielded

--- Calls a function outside of the deadlines of the `timeout_after`s around it, for a wait that has
-- to be finished. The first error that interrupts a task, a cancel, still ends the call.
-- @return as pcall
local function shielded(f, ...)
  if not current() then return pcall(f, ...) end
  return pcall(shield, f, ...)
end

--- Raises the error of a function that only a task can call.
-- @tparam string what the function, and what it does
-- @tparam integer level as for `error`, of the function that calls this one
local function outside(what, level)
  error(("%s outside of a task: call it in a function that loop.run runs"):format(what), level + 1)
end

--- Is it an error that interrupted a wait, and not the failure of what the task did?
local function is_interrupt(err)
  return core.isinstance(err, core.CancelledError) or core.isinstance(err, core.TimeoutError)
end

return {
  CancelledError = core.CancelledError,
  adopt = task.adopt, -- has a task's failure reported by its group alone
  current = current,
  describe = task.describe, -- the text of an error with a traceback
  inherit = task.inherit, -- the task raises another one's error: one traceback tells of both
  is_interrupt = is_interrupt,
  joiner = task.joiner, -- `join` under the name of the function that joins
  loop = task.running,
  outside = outside,
  park = task.park,
  shielded = shielded,
  wake = task.wake,
}
