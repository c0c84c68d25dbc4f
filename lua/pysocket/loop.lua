-- A scheduler of tasks: coroutines in which every call that waits lets the others run. How they
-- wait is in waiting.lua, what for in parking.lua; here is how they begin and end, whose turn it
-- is, and what the module is.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local heap = require "pysocket.heap"
local parking = require "pysocket.parking"
local task = require "pysocket.task"
local waiting = require "pysocket.waiting"

local Task <const>, CancelledError <const> = task.Task, task.CancelledError
local traceback <const>, unpack_failure <const> = task.traceback, task.unpack_failure
local Loop <const> = waiting.Loop
local in_task <const>, wait_in_place <const> = waiting.in_task, waiting.wait_in_place
local make_ready <const> = parking.make_ready

local monotonic <const>, turn <const> = core.monotonic, core.turn
local continue <const>, serve <const>, results <const> = turn.continue, turn.serve, turn.results
local resume <const>, yield <const> = coroutine.resume, coroutine.yield

-- {{ Tasks

local function finish(self, t, ok, ...)
  local err, trace
  if ok then
    t.outcome, t.results = "done", table.pack(...)
  else
    err, trace = unpack_failure(...)
    t.outcome = core.isinstance(err, CancelledError) and "cancelled" or "failed"
    t.results = err
  end
  if t.timer then heap.remove(self.timers, t.timer) end
  t.timer = nil
  self.tasks[t.co] = nil
  self.count = self.count - 1
  if t.joiners then
    parking.wake_joiners(self, t)
  elseif t.outcome == "failed" and not t.joined then
    table.insert(self.failures, { task = t, err = err, traceback = trace })
  end
end

--- Starts a function as a task; it begins at the loop's next turn.
-- @function loop:spawn
-- @tparam function f
-- @param ... its arguments
-- @treturn task its field `name` may be set, for messages
function Loop:spawn(f, ...)
  arguments.self("spawn", self, Loop, "loop")
  arguments.callable(1, "spawn", f)
  if self.epoll.closed then error("the loop is closed", 2) end
  local co = coroutine.create(xpcall) -- it alone: who waits by the thousand has little stack
  local t = setmetatable({ loop = self, co = co, start = table.pack(f, traceback, ...) }, Task)
  self.tasks[co] = t
  self.count = self.count + 1
  make_ready(self, t)
  return t
end

-- What became of a task: it has ended, it yielded by itself, or it waits.
local function settle(self, t, what, events, timeout)
  if what == "ended" then return finish(self, t, results(t.co)) end
  if what ~= "yielded" then return parking.park(self, t, what, events, timeout) end
  t.yielded = true
  make_ready(self, t)
end

local function run_task(self, t)
  local co, start, interrupt = t.co, t.start, t.interrupt
  self.current = co
  if start then
    t.start = nil
    if interrupt then return finish(self, t, false, { interrupt }) end
    return settle(self, t, continue(self, co, table.unpack(start, 1, start.n)))
  elseif interrupt and not t.yielded then
    t.interrupt = nil
    return settle(self, t, continue(self, co, interrupt))
  end
  t.yielded = nil
  return settle(self, t, continue(self, co))
end

-- }}

-- {{ Turns

-- Runs the queue up to there; a turn in place may have done so already. True: no time is left.
local function run_queue(self, last, deadline)
  local queue = self.queue
  while self.first <= last and self.first <= self.last do
    local t = queue[self.first]
    queue[self.first] = nil
    self.first = self.first + 1
    if not t.outcome then run_task(self, t) end
    if deadline and monotonic() >= deadline then return true end
  end
end

-- Runs those who waited alone to read. True as above.
local function run_readers(self, _, deadline)
  local tasks = self.tasks -- close makes a new table
  repeat
    local co, what, events, timeout = serve(self, self.ready, deadline)
    if co == false then return true end
    if co then settle(self, tasks[co], what, events, timeout) end
    if co and deadline and monotonic() >= deadline then return true end
  until not co
end

local function run_ready(self, deadline)
  parking.fire(self)
  local last = self.last -- who gets ready from now on waits for the next turn
  local a, b = run_queue, run_readers
  if self.cut == a then a, b = b, a end -- those for whom there was no time
  self.cut = a
  if a(self, last, deadline) then return end
  self.cut = b
  if b(self, last, deadline) then return end
  self.cut = false
end

-- How long nothing has to be done; nil: no limit.
local function spare_time(self)
  if self.cut or self.first <= self.last then return 0 end
  local timer = self.timers[1]
  return timer and math.max(timer.at - monotonic(), 0)
end

-- A turn that keeps the failures for later.
function Loop:pass(timeout, deadline)
  local wake_at = spare_time(self)
  if wake_at and (not timeout or wake_at < timeout) then timeout = wake_at end
  parking.ask(self, timeout) -- first: in a task of another loop, that one runs on meanwhile
  local previous, current, block = core.setscheduler(self), self.current, self.block
  self.block = wait_in_place
  local ok, err = pcall(run_ready, self, deadline)
  self.current, self.block = current, block
  if self.first > self.last then self.first, self.last = 1, 0 end
  core.setscheduler(previous)
  if not ok then error(err, 0) end
end

-- The first failure of a task that nobody joined, to the handler or to the caller.
local function surface(self)
  local failure = table.remove(self.failures, 1)
  local err = failure.err
  if self.onerror then return self.onerror(failure.task, err, failure.traceback) end
  if type(err) == "string" then
    err = failure.traceback
  elseif core.isinstance(err, core.OSError) then
    err.traceback = failure.traceback
  end
  error(err, 0)
end

-- One turn: waits at most that long for something to do (nil: no limit), then runs what is ready,
-- until the deadline at most.
function Loop:turn(timeout, deadline)
  self:pass(timeout, deadline)
  while self.failures[1] do surface(self) end
end

--- Does what there is to do now, and returns: what a game calls each frame. It never waits.
-- @function loop:step
-- @tparam[opt] number seconds the budget: no task is started after it is used up; nil: one turn
-- @treturn boolean whether there are tasks left
-- @raise the error of a task that nobody joined
function Loop:step(seconds)
  arguments.self("step", self, Loop, "loop")
  if seconds ~= nil then arguments.seconds(1, "step", "seconds", seconds) end
  if self.epoll.closed then return false end
  local deadline = seconds and monotonic() + seconds
  repeat
    self:turn(0, deadline)
  until not deadline or self.first > self.last or monotonic() >= deadline
  return self.count > 0
end

--- Runs until there are no tasks left, or `stop` is called.
-- @function loop:run
-- @raise the error of a task that nobody joined, with its traceback; the loop may be run on
function Loop:run()
  arguments.self("run", self, Loop, "loop")
  if self.current then error("the loop is running", 2) end
  self.stopped = false
  while self.count > 0 and not self.stopped do self:turn() end
end

--- Makes `run` return at the end of this turn.
-- @function loop:stop
function Loop:stop()
  arguments.self("stop", self, Loop, "loop")
  self.stopped = true
end

--- A descriptor that is readable when the kernel has something for the loop: to nest it in another.
-- @function loop:fileno
-- @treturn integer
function Loop:fileno()
  arguments.self("fileno", self, Loop, "loop")
  return self.epoll:fileno()
end

--- How long the loop may be left alone, if its descriptor does not become readable.
-- @function loop:timeout
-- @treturn ?number seconds; 0: there is something to do; nil: no limit
function Loop:timeout()
  arguments.self("timeout", self, Loop, "loop")
  return spare_time(self)
end

--- Cancels all tasks, lets them clean up, and gives the descriptor back.
-- @function loop:close
function Loop:close()
  arguments.self("close", self, Loop, "loop")
  if self.epoll.closed then return end
  for _ = 1, 100 do -- a task may refuse to end for a while, but not for ever
    for _, t in pairs(self.tasks) do
      if t.co ~= self.current then t:cancel() end
    end
    if self.first > self.last then break end
    pcall(self.pass, self, 0)
  end
  for co, t in pairs(self.tasks) do
    if t.co ~= self.current then pcall(coroutine.close, co) end
  end
  self.tasks = {}
  core.setscheduler(core.getscheduler()) -- who runs is no task any more
  self.epoll:close()
  waiting.delist(self)
end

Loop.__close = Loop.close

-- }}

-- {{ The module

--- A new loop.
-- @function loop.new
-- @treturn loop its field `onerror` may be set to a function of (task, error, traceback) for the
-- errors of tasks that nobody joins; without, `run` and `step` raise them
local function new()
  local readers, list = {}, {}
  local self = setmetatable({
    epoll = core.epoll(),
    tasks = {}, -- by coroutine; the engine looks here
    count = 0,
    current = nil, -- the coroutine of the task that runs
    queue = {}, -- tasks that are to run: first..last
    first = 1,
    last = 0,
    watched = {}, -- by descriptor: what the kernel watches it for
    readers = readers, -- by descriptor: see turn.ready
    list = list,
    ready = turn.ready(readers, list), -- those of `readers` that are to run
    cut = false, -- what the last turn had no time to finish: see run_ready
    chains = {}, -- by descriptor: the first of those who wait otherwise
    timers = {},
    failures = {},
    depth = 0, -- how many waits in place there are on top of each other
  }, Loop)
  waiting.enlist(self)
  return self
end

--- Runs a function as a task of a new loop until it returns; tasks that are left are cancelled.
-- @function loop.run
-- @tparam function f
-- @param ... its arguments
-- @return what it returns
-- @raise what it raises
local function run(f, ...)
  arguments.callable(1, "run", f)
  local self <close> = new()
  local main = self:spawn(f, ...)
  return main:join()
end

--- The loop whose task is running.
-- @function loop.running
-- @treturn ?loop
local function running()
  local scheduler = core.getscheduler()
  return getmetatable(scheduler) == Loop and scheduler.current and scheduler or nil
end

local function check_running(name)
  return running() or error(("'%s' outside of a task"):format(name), 3)
end

--- Starts a task in the loop that is running.
-- @function loop.spawn
-- @tparam function f
-- @param ... its arguments
-- @treturn task
local function spawn(f, ...)
  arguments.callable(1, "spawn", f)
  return check_running("spawn"):spawn(f, ...)
end

--- Lets the other tasks of the loop that is running go on for a while.
-- @function loop.sleep
-- @tparam number seconds 0: for one turn
local function sleep(seconds)
  arguments.seconds(1, "sleep", "seconds", seconds)
  return check_running("sleep"):sleep(seconds)
end

--- `coroutine.wrap` for generators that wait: meanwhile the other tasks run. (What `coroutine.wrap`
-- made may wait too, but the loop runs the others on top of it, and few tasks may do so at a time.)
-- @function loop.wrap
-- @tparam function f
-- @treturn function
local function wrap(f)
  if type(f) ~= "function" then
    core.argerror(1, "wrap", "function expected, got " .. arguments.type_name(f))
  end
  local co = coroutine.create(f)
  local generate

  local function pass(loop, ok, first, ...)
    if loop then loop.tasks[co] = nil end
    if not ok then
      coroutine.close(co)
      error(first, 0)
    elseif loop and first == loop then
      return generate(yield(first, ...)) -- it waits; it is resumed with an error if that is to end
    end
    return first, ...
  end

  function generate(...)
    local loop = running()
    loop = loop and in_task(loop) and loop
    if loop then loop.tasks[co] = loop.tasks[loop.current] end
    return pass(loop, resume(co, ...))
  end

  return generate
end

-- }}

return {
  new = new,
  run = run,
  running = running,
  sleep = sleep,
  spawn = spawn,
  wrap = wrap,
  CancelledError = CancelledError,
  Loop = Loop,
}
