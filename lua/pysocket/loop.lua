-- A scheduler of tasks: coroutines in which every call that waits lets the others run. How they
-- wait is in waiting.lua, what for in parking.lua, whose turn it is in turns.lua; here is how a
-- loop is made and run, and what the module is.

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local condition = require "pysocket.loop.condition"
local core = require "pysocket.core"
local event = require "pysocket.loop.event"
local group = require "pysocket.loop.group"
local lock = require "pysocket.loop.lock"
local parking = require "pysocket.parking"
local queue = require "pysocket.loop.queue"
local semaphore = require "pysocket.loop.semaphore"
local serve = require "pysocket.loop.serve"
local task = require "pysocket.task"
local waiting = require "pysocket.waiting"

require "pysocket.turns"

local Task <const>, CancelledError <const> = task.Task, task.CancelledError
local Loop <const> = waiting.Loop
local in_task <const> = waiting.in_task
local make_ready <const> = parking.make_ready

local NO_TASKS <const> = {} -- nobody writes to it

local monotonic <const> = core.monotonic
local resume <const>, yield <const> = coroutine.resume, coroutine.yield

-- {{ Tasks

local function enter(self, t)
  self.tasks[t.co] = t
  self.count = self.count + 1
  make_ready(self, t)
end

--- Starts a function as a task; it begins at the loop's next turn.
-- @function loop:spawn
-- @tparam function f
-- @param ... its arguments
-- @treturn task its field `name` may be set, for messages
-- @raise an error where the loop is closed
function Loop:spawn(f, ...)
  arguments.self("spawn", self, Loop, "loop")
  arguments.callable(1, "spawn", f)
  if self.epoll.closed then error("the loop is closed", 2) end
  -- xpcall without a function of ours around it, whose frame would be in every task that waits
  local co = core.turn.create(xpcall, f, task.traceback, ...)
  local t = setmetatable({ loop = self, co = co, fd = false, next = false }, Task)
  local ok, err = pcall(enter, self, t)
  if ok then return t end
  if self.tasks[co] then -- a hook broke it off halfway
    self.tasks[co] = nil
    self:mistrust()
  end
  error(err, 0)
end

-- }}

-- {{ Turns

--- Does what there is to do now, and returns: what a game calls each frame. It waits only where a
-- task does that cannot yield (in a generator that `loop.wrap` did not make, a `gsub` callback).
-- @function loop:step
-- @tparam[opt] number seconds the budget: no task is resumed after it is used up; nil: one turn
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
function Loop:run(...)
  arguments.self("run", self, Loop, "loop")
  if ... ~= nil then
    core.argerror(1, "run", "no argument expected, got " .. arguments.type_name((...)))
  end
  if self:checked_current() then error("the loop is running", 2) end
  self.stopped = false
  if self.failures then self:turn(0) end -- of a run that an error has ended before it told them
  while self.count > 0 and not self.stopped do self:turns() end
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
  return self.failures and 0 or self:spare_time()
end

local function give_up(t)
  t.results = task.cancelled()
  t.outcome = "cancelled"
end

--- Cancels all tasks, lets them clean up, and gives the descriptor back. It does not wait: what a
-- task has to wait for while it cleans up, it is cancelled in again. Who wants to say goodbye to
-- peers cancels the tasks and joins them before.
-- @function loop:close
function Loop:close()
  arguments.self("close", self, Loop, "loop")
  if self.epoll.closed then return end
  for _ = 1, 100 do -- a task may refuse to end for a while, but not for ever
    local told = false
    for _, t in pairs(self.tasks) do
      told = t.co ~= self.current and pcall(t.cancel, t) or told
    end
    if not told then break end -- there are none, or there is no memory to tell them
    if not self.broken and self.first > self.last then break end
    pcall(self.pass, self, 0)
  end
  for co, t in pairs(self.tasks) do
    if t.co ~= self.current and pcall(coroutine.close, co) then
      pcall(give_up, t)
      self.count = self.count - 1
    end
  end
  self.tasks = NO_TASKS
  core.setscheduler(core.getscheduler()) -- who runs is no task any more
  waiting.delist(self) -- before what may raise: the closing is told to the others
  self.epoll:close()
end

Loop.__close = Loop.close

-- }}

-- {{ The module

--- A new loop.
-- @function loop.new
-- @treturn loop its field `onerror` may be set to a function of (task, error, traceback) for the
-- errors of tasks that nobody joins; without, `run` and `step` raise them
local function new()
  local readers, epoll = {}, core.epoll()
  local self = setmetatable({
    epoll = epoll,
    tasks = {}, -- by coroutine; the engine looks here
    count = 0,
    current = false, -- the coroutine of the task that runs
    inside = false, -- its turn
    previous = false, -- what was the scheduler before that
    head = false, -- of the queue of tasks that are to run
    tail = false,
    first = 1, -- its tasks are numbered first..last, without end
    last = 0,
    broken = false, -- by an error of its own: see repair
    starved = false, -- by a lack of memory: see starve
    watched = {}, -- by descriptor: what the kernel watches it for
    readers = readers, -- by descriptor: see turn.ready
    ready = core.turn.ready(readers, epoll), -- those of `readers` that are to run
    cut = false, -- what the last turn had no time to finish: see run_ready
    chains = {}, -- by descriptor: the first of those who wait otherwise
    timers = {},
    failures = false, -- the first task of those whose errors are to be told
    last_failure = false,
    reserve = false, -- memory for a task to end: see finish
    depth = 0, -- how many waits in place there are on top of each other
    places = {}, -- by depth: the descriptor that is waited for there
    ended = false, -- a task has, and `run` has to look: see turns
    stopped = false,
  }, Loop)
  waiting.enlist(self)
  return self
end

local function run_main(self, f, ...)
  local _ <close> = self
  return self:spawn(f, ...):join()
end

--- Runs a function as a task of a new loop until it returns; tasks that are left are cancelled.
-- @function loop.run
-- @tparam function f
-- @param ... its arguments
-- @return what it returns
-- @raise what it raises
local function run(f, ...)
  arguments.callable(1, "run", f)
  local self <close> = new() -- once more, should a hook break off the first time
  return cleanup.closing(run_main, self, f, ...)
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
-- @raise an error outside of a task
local function spawn(f, ...)
  arguments.callable(1, "spawn", f)
  return check_running("spawn"):spawn(f, ...)
end

--- Lets the other tasks of the loop that is running go on for a while.
-- @function loop.sleep
-- @tparam number seconds 0: for one turn
-- @raise an error outside of a task
local function sleep(seconds)
  arguments.seconds(1, "sleep", "seconds", seconds)
  return check_running("sleep"):sleep(seconds)
end

--- `timeout_after` of the loop that is running.
-- @function loop.timeout_after
-- @tparam number seconds
-- @tparam function f
-- @param ... its arguments
-- @return what it returns
-- @raise timeout; an error outside of a task
local function timeout_after(seconds, f, ...)
  arguments.seconds(1, "timeout_after", "seconds", seconds)
  arguments.callable(2, "timeout_after", f)
  return check_running("timeout_after"):timeout_after(seconds, f, ...)
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
  condition = condition.new,
  event = event.new,
  first = group.first,
  group = group.new,
  lock = lock.new,
  new = new,
  queue = queue.new,
  run = run,
  running = running,
  semaphore = semaphore.new,
  serve = serve.serve,
  sleep = sleep,
  spawn = spawn,
  timeout_after = timeout_after,
  wrap = wrap,
  CancelledError = CancelledError,
  Condition = condition.Condition,
  Event = event.Event,
  Group = group.Group,
  Lock = lock.Lock,
  Loop = Loop,
  Queue = queue.Queue,
  QueueEmpty = queue.QueueEmpty,
  QueueFull = queue.QueueFull,
  QueueShutDown = queue.QueueShutDown,
  Semaphore = semaphore.Semaphore,
  Server = serve.Server,
}
