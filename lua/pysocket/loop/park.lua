-- Suspending and resuming tasks: the interface of the loop, which is in C (src/loop/loop.h), for
-- the files of this folder.

local core = require "pysocket.core"

local task <const> = core.part("task")
local current <const>, shield <const> = task.current, task.shielded

--- Calls a function without the deadlines of `timeout_after`, for a wait that has to be finished. A
-- cancel still ends the call.
-- @return the results of pcall
local function shielded(f, ...)
  if not current() then return pcall(f, ...) end
  return pcall(shield, f, ...)
end

--- Raises the error of a function that only a task can call.
-- @tparam string what the name of the function, quoted, and what it does
-- @tparam integer level the level for `error`, as seen by the function that calls this one
local function outside(what, level)
  error(("%s outside of a task: call it in a function that loop.run runs"):format(what), level + 1)
end

--- Returns whether the error interrupted a wait, rather than being a failure of the task itself.
local function is_interrupt(err)
  return core.isinstance(err, core.CancelledError) or core.isinstance(err, core.TimeoutError)
end

return {
  CancelledError = core.CancelledError,
  NO_MEMORY = "not enough memory", -- the error that Lua raises
  adopt = task.adopt, -- leaves the report of a failure to the task's group
  current = current,
  describe = task.describe, -- returns the text of an error with a traceback
  enter = task.scope, -- enters the scope of a group
  inherit = task.inherit, -- appends the traceback of another task to that of this task
  interrupt = task.interrupt, -- cancels the task of a scope
  is_interrupt = is_interrupt,
  joiner = task.joiner, -- returns `join` with the name of the caller, for messages
  leave = task.leave,
  loop = task.running,
  outside = outside,
  park = task.park,
  recancel = task.recancel, -- cancels the running task again, at its next wait
  shielded = shielded,
  wake = task.wake,
  withdraw = task.withdraw, -- removes the cancel of a scope; returns whether its task has seen it
}
