-- What `loop:spawn` returns: a coroutine of a loop, and what became of it.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"

--- A task. `tostring` tells its name and what it is doing.
-- @class task
-- @tfield ?string name for messages; may be set
local Task = core.class("pysocket.task")

--- What a cancelled task raises where it waits. It is no OSError: `protect` lets it pass.
-- @class CancelledError
-- @tfield string strerror
-- @tfield ?integer characters_written where it waited in `sendall` or `sendfile`: the bytes
-- that had gone
local CancelledError = core.class("CancelledError")

function CancelledError:__tostring()
  return "CancelledError: " .. self.strerror
end

CancelledError.__concat = core.OSError.__concat

local Failure <const> = {}

-- Handles the error that ends a task: keeps it, and where it came from.
local function traceback(err)
  if core.isinstance(err, CancelledError) then return err end
  local ok, text = pcall(tostring, err)
  text = debug.traceback(ok and text or "an error without a text", 2)
  return setmetatable({ err, text }, Failure)
end

-- What traceback made of an error; the error alone where there was no memory or stack left for it.
local function unpack_failure(failure)
  if getmetatable(failure) ~= Failure then return failure end
  return failure[1], failure[2]
end

local function check_self(name, self)
  return arguments.self(name, self, Task, "task")
end

function Task:__tostring()
  check_self("tostring", self)
  return ("<task %s %s>"):format(self.name or ("%p"):format(self), self:status())
end

--- What the task is doing.
-- @function task:status
-- @treturn string `"ready"`, `"running"`, `"waiting"`, `"done"`, `"failed"` or `"cancelled"`
function Task:status()
  check_self("status", self)
  if self.outcome then return self.outcome end
  if self.loop.current == self.co then return "running" end
  local waits = self.parked or self.loop.readers[self.fd] == self.co
  local in_place = coroutine.status(self.co) == "normal" -- others run on top of it
  return (waits or in_place) and "waiting" or "ready"
end

--- Waits until the task has ended.
-- @function task:join
-- @tparam[opt] number timeout seconds; nil: no limit
-- @return what its function returned
-- @raise what its function raised; timeout
function Task:join(timeout)
  local loop = check_self("join", self).loop
  if timeout ~= nil then arguments.seconds(1, "join", "timeout", timeout) end
  if self.co and loop.current == self.co then error("a task cannot join itself", 2) end
  local deadline = timeout and core.monotonic() + timeout
  while not self.outcome do
    local left = deadline and deadline - core.monotonic()
    if left and left <= 0 then
      core.raise("TimeoutError", { strerror = "timed out", call = "join" })
    end
    loop:await(self, left)
  end
  if self.outcome == "done" then return table.unpack(self.results, 1, self.results.n) end
  error((unpack_failure(self.results)), 0)
end

local function cancelled()
  return setmetatable({ strerror = "the task was cancelled" }, CancelledError)
end

--- Ends the task: it raises `CancelledError` where it waits, and its `<close>` variables are
-- closed. A task that has not begun never does; one that has ended is left alone. Like any error,
-- `CancelledError` can be caught with pcall: a task that does so goes on, and has to end by itself.
-- @function task:cancel
-- @treturn boolean whether there was something to cancel
function Task:cancel()
  check_self("cancel", self)
  if self.outcome then return false end
  local err = cancelled()
  if self.loop.current == self.co then error(err, 0) end
  local loop = self.loop
  local ok, failure = pcall(loop.interrupt, loop, self, err)
  if ok then return true end
  loop:mistrust() -- a hook broke it off, perhaps before the task was among those that are to run
  error(failure, 0)
end

return {
  Task = Task,
  CancelledError = CancelledError,
  cancelled = cancelled,
  traceback = traceback,
  unpack_failure = unpack_failure,
}
