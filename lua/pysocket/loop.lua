-- The module `pysocket.loop`: tasks are coroutines, in which each call that waits lets the other
-- tasks run. The scheduler is in C (src/loop/).

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local condition = require "pysocket.loop.condition"
local core = require "pysocket.core"
local event = require "pysocket.loop.event"
local group = require "pysocket.loop.group"
local lock = require "pysocket.loop.lock"
local park = require "pysocket.loop.park"
local queue = require "pysocket.loop.queue"
local semaphore = require "pysocket.loop.semaphore"
local serve = require "pysocket.loop.serve"

local task <const> = core.part("task")
local Loop <const> = core.Loop
local READ <const>, WRITE <const>, PRIORITY <const> = 1, 2, 4 -- events

local new <const>, running <const>, current <const> = task.new, task.running, task.current
local join_run <const>, join_timed <const> = task.joiner("run"), task.joiner("timeout_after")
local sleep_here <const>, wait_here <const>, within <const> = task.sleep, task.wait, task.within

local function check_self(name, self)
  return arguments.self(name, self, Loop, "loop")
end

--- Pauses the task while the other tasks of its loop run. Outside of a task, pauses the program.
-- @function loop.sleep
-- @async
-- @tparam number seconds 0: for one turn of the other tasks
local function sleep(seconds)
  if current() then return sleep_here(seconds) end
  arguments.seconds(1, "sleep", "seconds", seconds)
  core.poll({}, math.max(seconds, 0))
end

--- Pauses the task while the other tasks run. Outside of the loop's tasks, pauses the program.
-- @function loop:sleep
-- @async
-- @tparam number seconds 0: for one turn of the other tasks
function Loop:sleep(seconds)
  check_self("sleep", self)
  return sleep(seconds)
end

--- Waits for a descriptor or for a time, as the library does in an operation of a task.
-- @function loop:wait
-- @async
-- @tparam ?integer fd nil: wait for the time alone
-- @tparam integer events 1 read, 2 write, 3 either
-- @tparam[opt] number timeout seconds; nil: no limit
-- @see socket.setscheduler
function Loop:wait(fd, events, timeout)
  check_self("wait", self)
  return wait_here(fd, events, timeout)
end

--- Calls a function under a deadline. After the deadline, each call in the function that has to
-- wait raises `timeout`.
-- @function loop:timeout_after
-- @async
-- @tparam number seconds
-- @tparam async f
-- @param ... its arguments
-- @treturn any... the results of `f`
-- @raise timeout; the errors of `f`
function Loop:timeout_after(seconds, f, ...)
  check_self("timeout_after", self)
  arguments.seconds(1, "timeout_after", "seconds", seconds)
  arguments.callable(2, "timeout_after", f)
  if running() == self then return within(seconds, f, ...) end
  return join_timed(self:spawn(within, seconds, f, ...))
end

local function run_main(self, f, ...)
  local _ <close> = self
  return join_run(self:spawn(f, ...))
end

--- Runs a function as a task of a new loop until the function returns, and cancels the remaining
-- tasks.
-- @function loop.run
-- @tparam async f
-- @param ... its arguments
-- @treturn any... the results of `f`
-- @raise the errors of `f`. Where no code catches the error, the interpreter receives an object
-- whose `tostring` contains the traceback of the task; its fields are `error` and `traceback`
local function run(f, ...)
  arguments.callable(1, "run", f)
  local self <close> = new() -- closes the loop if a hook interrupts the first close
  return cleanup.closing(run_main, self, f, ...)
end

local function check_running(name)
  return running() or park.outside(("'%s'"):format(name), 3)
end

--- Starts a task in the running loop.
-- @function loop.spawn
-- @tparam async f
-- @param ... its arguments
-- @treturn task
-- @raise an error outside of a task
local function spawn(f, ...)
  arguments.callable(1, "spawn", f)
  return check_running("spawn"):spawn(f, ...)
end

local EVENTS <const> = { [READ] = core.POLLIN, [WRITE] = core.POLLOUT, [PRIORITY] = core.POLLPRI }

-- Translates the events of poll(2) into the bits of `wait`.
local function events_of(found, events)
  if not found then return nil end
  local bits = 0
  for kind, bit in pairs(EVENTS) do
    if found & bit ~= 0 then bits = bits | kind end
  end
  if found & (core.POLLERR | core.POLLHUP | core.POLLNVAL) ~= 0 then bits = events end
  return bits & events
end

--- Waits for a descriptor that is not a socket of the library: a pipe, a pidfd, inotify, or a
-- descriptor of another library. In a task, the other tasks run meanwhile.
-- @function loop.wait
-- @async
-- @param fd a descriptor, or an object with a descriptor
-- @tparam integer events 1 read, 2 write, 4 urgent data, or a sum of these
-- @tparam[opt] number timeout seconds; nil: no limit
-- @treturn ?integer the events that occurred; all of `events` after an error or a hang-up; nil
-- after a timeout
-- @raise OSError EPERM in a task if the system cannot wait for the descriptor, such as a file on
-- disk
local function wait(fd, events, timeout)
  local number = core.filedescriptor(fd)
  if not number then
    local message = "fd must be an open descriptor or an object with a fileno method, got %s"
    core.argerror(1, "wait", message:format(arguments.type_name(fd)))
  end
  events = arguments.integer(2, "wait", "events", events, 1)
  if events > READ | WRITE | PRIORITY then
    core.argerror(2, "wait", "events must be a sum of 1, 2 and 4, got " .. events)
  end
  if timeout ~= nil then arguments.seconds(3, "wait", "timeout", timeout) end
  if current() then return wait_here(number, events, timeout) end
  local bits = 0
  for kind, bit in pairs(EVENTS) do
    if events & kind ~= 0 then bits = bits | bit end
  end
  return events_of(core.poll({ number, bits }, timeout and math.max(timeout, 0))[2], events)
end

--- Calls `timeout_after` of the running loop.
-- @function loop.timeout_after
-- @async
-- @tparam number seconds
-- @tparam async f
-- @param ... its arguments
-- @treturn any... the results of `f`
-- @raise timeout; the errors of `f`; an error outside of a task
local function timeout_after(seconds, f, ...)
  arguments.seconds(1, "timeout_after", "seconds", seconds)
  arguments.callable(2, "timeout_after", f)
  check_running("timeout_after")
  return within(seconds, f, ...)
end

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
  wait = wait,
  wrap = task.wrap,
  CancelledError = core.CancelledError,
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
