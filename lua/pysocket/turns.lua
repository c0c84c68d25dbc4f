-- Whose turn it is in a loop, and what became of the tasks that had theirs.

local core = require "pysocket.core"
local heap = require "pysocket.heap"
local parking = require "pysocket.parking"
local task = require "pysocket.task"
local waiting = require "pysocket.waiting"

local CancelledError <const>, unpack_failure <const> = task.CancelledError, task.unpack_failure
local Loop <const> = waiting.Loop
local wait_in_place <const> = waiting.wait_in_place
local ask <const>, make_ready <const> = parking.ask, parking.make_ready

local monotonic <const>, turn <const> = core.monotonic, core.turn
local continue <const>, serve <const>, results <const> = turn.continue, turn.serve, turn.results

-- {{ Tasks

-- The outcome comes last of what may need memory: see recover.
local function finish(self, t, ok, ...)
  local err, trace
  if ok then
    t.results = table.pack(...)
    t.outcome = "done"
  else
    err, trace = unpack_failure(...)
    t.results = err
    t.outcome = core.isinstance(err, CancelledError) and "cancelled" or "failed"
  end
  if t.timer then heap.remove(self.timers, t.timer) end
  t.timer = nil
  self.tasks[t.co] = nil
  self.count = self.count - 1
  self.ended = true
  if t.joiners then
    parking.wake_joiners(self, t)
  elseif t.outcome == "failed" and not t.joined then
    table.insert(self.failures, { task = t, err = err, traceback = trace })
  end
end

-- What became of a task: it has ended, it yielded by itself, or it waits.
local function settle(self, t, what, events, timeout)
  self.unsettled = t
  if what == "ended" or what == "failed" then
    finish(self, t, results(t.co, what == "failed"))
  elseif what ~= "yielded" then
    parking.park(self, t, what, events, timeout)
  else
    t.yielded = true
    make_ready(self, t)
  end
  self.unsettled = false
end

local function run_task(self, t)
  local co, interrupt = t.co, t.interrupt
  self.current = co
  if t.fd == false and interrupt then
    coroutine.close(co) -- which gives its arguments back
    return finish(self, t, false, { interrupt })
  end
  t.fd = t.fd or nil
  if interrupt and not t.yielded then
    t.interrupt = nil
    return settle(self, t, continue(self, co, interrupt))
  end
  t.yielded = nil
  return settle(self, t, continue(self, co))
end

-- After an error of the loop itself (no memory, a hook's): a task whose turn it was is not lost.
local function recover(self, err)
  local t = self.unsettled
  if not t or t.outcome then return end
  if coroutine.status(t.co) == "dead" then
    finish(self, t, false, { err, tostring(err) })
  else
    parking.restart(self, t)
  end
end

-- }}

-- {{ Turns

-- Runs the queue up to there; a turn in place may have done so already. True: no time is left.
local function run_queue(self, last, deadline)
  while self.first <= last and self.first <= self.last do
    local t = self.head
    self.unsettled = t
    self.head, t.next = t.next, false
    self.first = self.first + 1
    if not t.outcome then run_task(self, t) end
    if deadline and monotonic() >= deadline then return true end
  end
end

-- Runs those who waited alone to read; with `on`, also those of the turns that follow, as long as
-- there is nothing else to do. True as above.
local function run_readers(self, _, deadline, on)
  local tasks = self.tasks -- close makes a new table
  repeat
    local co, what, events, timeout = serve(self, self.ready, deadline, on)
    if co == false then return true end
    if co == true then
      parking.wake_others(self)
    elseif co then
      settle(self, tasks[co], what, events, timeout)
    end
    if co and deadline and monotonic() >= deadline then return true end
  until not co
end

local function run_ready(self, deadline, on)
  parking.fire(self)
  local last = self.last -- who gets ready from now on waits for the next turn
  local a, b = run_queue, run_readers
  if self.cut == a then a, b = b, a end -- those for whom there was no time
  self.cut = a
  if a(self, last, deadline, on) then return end
  self.cut = b
  if b(self, last, deadline, on) then return end
  self.cut = false
end

-- How long nothing has to be done; nil: no limit.
local function spare_time(self)
  if self.cut or self.first <= self.last then return 0 end
  local timer = self.timers[1]
  return timer and math.max(timer.at - monotonic(), 0)
end

-- Runs what is ready, as the scheduler that is in force.
local function run_turn(self, deadline, on)
  self.block = wait_in_place
  run_ready(self, deadline, on)
  self.current, self.block = false, nil
  if self.first > self.last then self.head, self.tail = false, false end
end

-- Runs turns until there is something for others to do: a failure to tell, `stop`, the end of that
-- task or of all. What a turn needs done before and after is done for all of them at once.
local function run_turns(self, other)
  repeat
    ask(self, spare_time(self))
    self.ended = false
    run_turn(self, nil, true)
  until self.failures[1] or self.stopped or self.count == 0 or other and other.outcome
end

-- Calls one of these with the loop as the scheduler.
local function as_scheduler(self, f, argument)
  local previous, current, block = core.setscheduler(self), self.current, self.block
  local unsettled = self.unsettled
  self.block, self.unsettled = nil, false
  local ok, err = pcall(f, self, argument)
  if not ok then pcall(recover, self, err) end
  self.current, self.block, self.unsettled = current, block, unsettled
  core.setscheduler(previous)
  if not ok then error(err, 0) end
end

-- A turn that keeps the failures for later.
function Loop:pass(timeout, deadline)
  local wake_at = spare_time(self)
  if wake_at and (not timeout or wake_at < timeout) then timeout = wake_at end
  ask(self, timeout) -- not as the scheduler: in a task of another loop, that one runs on meanwhile
  as_scheduler(self, run_turn, deadline)
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

-- Turns until there is something to do for the caller, such as to look at that task.
function Loop:turns(other)
  if core.getscheduler() ~= waiting.watcher then return self:turn() end
  as_scheduler(self, run_turns, other)
  while self.failures[1] do surface(self) end
end

-- }}

return { spare_time = spare_time }
