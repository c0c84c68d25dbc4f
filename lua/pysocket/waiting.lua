-- How the tasks of a loop wait: for a descriptor, for a time, for each other, in place. What they
-- wait for is in parking.lua.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local heap = require "pysocket.heap"
local cleanup = require "pysocket.cleanup"

local READ <const>, WRITE <const> = 1, 2 -- selectors.EVENT_READ, EVENT_WRITE
local DEEPEST <const> = 8 -- waits in place on top of each other: each takes of Lua's 200 C calls

local monotonic <const> = core.monotonic
local running <const>, yield <const> = coroutine.running, coroutine.yield

--- A scheduler of tasks. `<close>` closes it.
-- @class loop
-- @tfield ?function onerror called with (task, error, traceback) for the errors of tasks that
-- nobody joins; without, `run` and `step` raise them
-- @value loop Loop the class of loops
local Loop = core.class("pysocket.loop")

-- {{ Which scheduler is in force

-- Every loop that is not closed: a descriptor may be closed while none of them runs.
local loops <const> = setmetatable({}, { __mode = "k" })

local function closing_everywhere(_, fd)
  for loop in pairs(loops) do loop:forget(fd) end
end

Loop.closing = closing_everywhere

-- The scheduler between the turns of loops: nobody waits through it, but it hears what is closed.
local watcher <const> = { tasks = {}, closing = closing_everywhere }

function watcher.wait(_, fd, events, timeout)
  core.poll({ fd, events == READ and core.POLLIN or core.POLLOUT }, timeout)
end

local function enlist(self)
  loops[self] = true
  if core.getscheduler() == nil then core.setscheduler(watcher) end
end

local function delist(self)
  loops[self] = nil
  local scheduler = core.getscheduler()
  local stale = scheduler == self and not self.current -- a hook broke it off before it set it back
  if stale then core.setscheduler(self.previous) end
  if core.getscheduler() == watcher and not next(loops) then core.setscheduler(nil) end
end

-- }}

-- {{ Waiting

-- The engine yields so by itself: a call into Lua would cost each coroutine that waits its stack.
-- In a task that turn.c runs it need not even yield that: see there.
Loop.yields = true

--- Waits as an operation of a task does that would block. Try first: what was ready before is not
-- told.
-- @function loop:wait
-- @tparam ?integer fd nil: wait for the time alone
-- @tparam integer events 1 read, 2 write, 3 either
-- @tparam[opt] number timeout seconds; nil: no limit
-- @see socket.setscheduler
function Loop:wait(fd, events, timeout)
  local err = yield(self, fd, events, timeout)
  if err then error(err, 0) end
end

-- May the caller yield to the loop? The task that runs, or a generator of `wrap` in it.
local function in_task(self)
  local t = self.tasks[self.current]
  return t and self.tasks[running()] == t and coroutine.isyieldable()
end

-- The error of the outermost of a task's deadlines that are over, if one is.
local function overdue(scope)
  local err
  while scope do
    if scope.expired then err = scope.err end
    scope = scope.outer
  end
  return err
end

local InPlace = core.class("pysocket.loop.inplace")

-- It may be done again where a hook breaks it off.
function InPlace:leave()
  local loop = self.loop
  if not loop then return end
  loop.places[self.place] = nil
  loop.depth = self.place - 1
  loop.current, loop.block = self.co, self.block
  self.loop = nil
end

InPlace.__close = InPlace.leave

-- Runs the others until that place's descriptor is ready, a task has ended or the time is over.
local function run_others(self, t, place, fds, deadline, other)
  local fd = self.places[place]
  while true do
    self:pass(0)
    local err = t.interrupt or t.scope and overdue(t.scope)
    if err then
      t.interrupt = false
      error(err, 0)
    end
    if self.epoll.closed or other and other.outcome or fd ~= self.places[place] then return end
    local nap, left = self:spare_time(), deadline and deadline - monotonic()
    if left and left <= 0 then return end
    local ready = core.poll(fds, left and nap and math.min(left, nap) or left or nap)
    if fd and (ready[1] == fd or ready[3] == fd) then return end
  end
end

-- Waits where no yield is possible (a coroutine of the user's in a task, a comparison of
-- table.sort): runs the others on top of it.
local function wait_in_place(self, fd, events, timeout, other)
  local t = self.tasks[self.current]
  local deadline = timeout and monotonic() + timeout
  if not t then error("the loop is closed", 0) end
  if self.depth >= DEEPEST then
    error("too many tasks wait where they cannot yield: see wrap of pysocket.loop", 0)
  end
  local place = self.depth + 1
  local here = { loop = self, co = t.co, block = self.block, place = place }
  local inside <close> = setmetatable(here, InPlace)
  self.depth = place
  self.places[place] = fd
  self.block = nil
  local fds = { self.epoll:fileno(), core.POLLIN }
  if fd then
    fds[3] = fd
    fds[4] = events & READ ~= 0 and core.POLLIN or 0
    if events & WRITE ~= 0 then fds[4] = fds[4] | core.POLLOUT end
  end
  local ok, err = pcall(run_others, self, t, place, fds, deadline, other)
  inside:leave() -- not left to <close>: a coroutine that an error ends closes nothing
  if not ok then error(err, 0) end
end

--- Lets the others run for a while. Outside of the loop's tasks it just waits.
-- @function loop:sleep
-- @tparam number seconds 0: for one turn
function Loop:sleep(seconds)
  arguments.self("sleep", self, Loop, "loop")
  arguments.seconds(1, "sleep", "seconds", seconds)
  if in_task(self) then return self:wait(nil, 0, seconds) end
  if self.current then return wait_in_place(self, nil, 0, seconds) end
  core.poll({}, seconds)
end

local Joiner = core.class("pysocket.loop.joiner")

-- Who waited for the end of a task hears of its error, unless an error ends the wait: of those who
-- were woken the last to leave so has it told.
function Joiner:__close(err)
  local other = self.other
  local left = other.joiners
  if type(left) == "table" then
    left[self.task] = nil
  elseif not err then
    other.joiners = false
  elseif left then
    other.joiners = left - 1
    if left == 1 then self.task.loop:tell(other) end
  end
end

local function await_here(self, t, other, timeout)
  if t then return wait_in_place(self, nil, 0, timeout, other) end
  if timeout then return self:turn(timeout) end
  self:turns(other)
end

-- Waits until another task has ended, or for that long: by turns of the loop where the caller is
-- none of its tasks.
function Loop:await(other, timeout)
  local t = self.tasks[self.current]
  if in_task(self) then
    other.joiners = other.joiners or {}
    local _ <close> = setmetatable({ other = other, task = t }, Joiner)
    other.joiners[t] = true
    return self:wait(nil, 0, timeout)
  end
  other.joined = (other.joined or 0) + 1
  local ok, err = pcall(await_here, self, t, other, timeout)
  other.joined = other.joined - 1 -- who gives up does not hear of its error
  if not ok then error(err, 0) end
end

local Scope = core.class("pysocket.loop.scope")

function Scope:__close()
  heap.remove(self.loop.timers, self)
  if self.level then self.task.scope = self.outer end
  if self.task.interrupt == self.err then self.task.interrupt = false end
end

local function call_within(scope, f, ...)
  local _ <close> = setmetatable(scope, Scope)
  local t = scope.task
  t.interrupt = t.interrupt or false -- that it can be set without memory
  if scope.level then t.scope = scope end
  heap.add(scope.loop.timers, scope)
  return f(...)
end

--- Calls a function under one deadline: what it waits for raises `timeout` once the time is over,
-- however often it tries.
-- @function loop:timeout_after
-- @tparam number seconds
-- @tparam function f
-- @param ... its arguments
-- @return what it returns
-- @raise timeout
function Loop:timeout_after(seconds, f, ...)
  arguments.self("timeout_after", self, Loop, "loop")
  arguments.seconds(1, "timeout_after", "seconds", seconds)
  arguments.callable(2, "timeout_after", f)
  local t = self.tasks[self.current]
  if not t then return self:spawn(self.timeout_after, self, seconds, f, ...):join() end
  local fields = { strerror = "timed out", call = "timeout_after" }
  local err = select(2, pcall(core.raise, "TimeoutError", fields))
  local scope = {
    loop = self,
    task = t,
    err = err,
    at = monotonic() + seconds,
    place = false,
    expired = false,
    outer = t.scope or false, -- that of the call around this one
    level = running() == t.co, -- in a generator, which may be left in the midst, it raises but once
  }
  if scope.level then return call_within(scope, f, ...) end
  return cleanup.closing(call_within, scope, f, ...)
end

-- }}

return {
  Loop = Loop,
  delist = delist,
  enlist = enlist,
  in_task = in_task,
  overdue = overdue,
  wait_in_place = wait_in_place,
  watcher = watcher,
}
