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
local missed <const>, set_deadline <const> = turn.missed, turn.deadline
local NOTHING <const> = { n = 0 }

-- {{ Tasks

-- Has the error of a task told that nobody joins. These are in a chain through their tasks.
function Loop:tell(t)
  if t.outcome ~= "failed" or (t.joined or 0) > 0 or t == self.last_failure then return end
  if self.failures then self.last_failure.next = t else self.failures = t end
  self.last_failure = t
end

-- What is left to do when the outcome is known, which takes no memory. It may be done again: see
-- repair.
local function conclude(self, t)
  if t.timer then heap.remove(self.timers, t.timer) end
  t.timer = nil
  self.ended = true
  local joiners = t.joiners
  if type(joiners) == "table" and next(joiners) then
    parking.wake_joiners(self, t)
  elseif type(joiners) ~= "number" then -- those are woken already
    self:tell(t)
  end
  self.tasks[t.co] = nil
  t.co = false -- whoever keeps the task does not keep its coroutine
  self.count = self.count - 1
end

local function keep(t, ok, ...)
  local left, outcome = ..., "failed"
  if ok then
    left = select("#", ...) == 0 and NOTHING or table.pack(...)
    outcome = "done"
  elseif core.isinstance((unpack_failure(left)), CancelledError) then
    outcome = "cancelled"
  end
  t.results = left
  t.outcome = outcome
end

-- A task has ended. Where there is no memory to say so, there is the reserve: to let go of the task
-- gives more back. If that does not do, the turn goes on without it, and it is tried again.
local function finish(self, t, ...)
  local kept, err = pcall(keep, t, ...)
  if not kept then
    self.reserve = false
    kept = pcall(keep, t, ...) or pcall(keep, t, false, err)
  end
  if not kept then return parking.starve(self) end
  conclude(self, t)
  if not self.reserve then parking.refill(self) end
end

-- What became of a task: it has ended, it yielded by itself, or it waits.
local function settle(self, t, what, events, timeout)
  if what == "ended" or what == "failed" then
    finish(self, t, results(t.co, what == "failed"))
  elseif what ~= "yielded" then
    parking.park(self, t, what, events, timeout)
  else
    t.yielded = true
    make_ready(self, t)
  end
end

local function run_task(self, t)
  local co, interrupt = t.co, t.interrupt
  self.current = co
  if t.fd == false and interrupt then
    coroutine.close(co) -- which gives its arguments back
    return finish(self, t, false, interrupt)
  end
  t.fd = t.fd or nil
  if interrupt and not t.yielded then
    t.interrupt = false -- not nil: to set it again takes no memory
    return settle(self, t, continue(self, co, interrupt))
  end
  t.yielded = nil
  return settle(self, t, continue(self, co))
end

-- }}

-- {{ After an error of the loop itself: no memory, a hook's

-- A task as the error has left it: who sleeps sleeps on, everybody else tries again.
local function revive(self, t)
  t.next = false
  local status = coroutine.status(t.co)
  if status == "running" or status == "normal" then return end -- it waits in place
  if t.parked == 0 and not t.fd and t.limit and not t.interrupt then
    t.timer.at = t.limit
    if not t.timer.place then heap.append(self.timers, t.timer) end
    return
  end
  t.parked = nil
  make_ready(self, t)
end

-- The deadlines of a task's scopes that have got lost.
local function revive_scopes(self, t)
  local scope = t.scope
  while scope do
    if not (scope.place or scope.expired) then heap.append(self.timers, scope) end
    scope = scope.outer
  end
end

-- Only `tasks` and their fields are to be trusted: all else is made anew, without memory, of which
-- there may have been too little. What fails in here is done again.
local function repair(self)
  self.broken = false
  self.head, self.tail, self.last = false, false, self.first - 1
  for fd in pairs(self.readers) do self.readers[fd] = false end -- not nil: they keep their places
  for fd in pairs(self.chains) do self.chains[fd] = nil end
  for fd in pairs(self.watched) do self.watched[fd] = 0 end
  for _, t in pairs(self.tasks) do
    if t.timer then t.timer.place = false end
    local scope = t.scope
    while scope do
      scope.place = false
      scope = scope.outer
    end
  end
  heap.tidy(self.timers)
  local count = 0
  for co, t in pairs(self.tasks) do
    if co == t.co then -- it is no generator's
      count = count + 1
      if not t.outcome then
        revive(self, t)
        revive_scopes(self, t)
      end
    end
  end
  heap.order(self.timers)
  self.count = count -- at once: with 0 in it, for a while, 'run' would think that it is through
  for co, t in pairs(self.tasks) do
    if co == t.co and t.outcome then conclude(self, t) end
  end
end

-- }}

-- {{ Turns

-- Runs the queue up to there; a turn in place may have done so already. True: no time is left.
local function run_queue(self, last, deadline)
  while self.first <= last and self.first <= self.last do
    local t = self.head
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
  if missed(self.ready) then self.broken = true end
  if self.cut or self.broken or self.first <= self.last then return 0 end
  local timer = self.timers[1]
  return timer and math.max(timer.at - monotonic(), 0)
end

Loop.spare_time = spare_time

-- Runs what is ready, as the scheduler that is in force.
local function run_turn(self, deadline, on)
  self.block = wait_in_place
  if self.broken then repair(self) end
  if not self.reserve then parking.refill(self) end
  parking.wake_others(self)
  run_ready(self, deadline, on)
  self.current, self.block = false, nil
  if self.first > self.last then self.head, self.tail = false, false end
  if self.starved then
    self.starved = false
    error(parking.NO_MEMORY, 0)
  end
end

-- Runs turns until there is something for others to do: a failure to tell, `stop`, the end of that
-- task or of all. What a turn needs done before and after is done for all of them at once.
local function run_turns(self, other)
  repeat
    ask(self, spare_time(self))
    self.ended = false
    run_turn(self, nil, true)
  until self.failures or self.stopped or self.count == 0 or other and other.outcome
end

-- The coroutine of the task that runs, or false. Where a hook has broken off a turn, and then the
-- end of that, one that does not run is still there, or the loop seems to be in its turn.
function Loop:checked_current()
  local co = self.current
  local status = co and coroutine.status(co)
  if status == "suspended" or status == "dead" then self.current = false end
  if self.inside and not self.current then
    self.inside, self.block = false, nil
    self:mistrust()
  end
  return self.current
end

-- Calls one of these with the loop as the scheduler.
local function as_scheduler(self, f, argument, deadline)
  local previous, current, block = core.getscheduler(), self:checked_current(), self.block
  if previous ~= self then
    self.previous = previous
  elseif not current then -- a hook broke a turn off before it set that back
    previous = self.previous
  end
  self.inside = true
  core.setscheduler(self)
  local before = set_deadline(deadline)
  self.block = nil
  local ok, err = pcall(f, self, argument)
  set_deadline(before)
  if not ok then self.broken, self.ended, self.reserve = true, true, false end
  self.current, self.block = current, block
  core.setscheduler(previous)
  self.inside = current and true
  if self.epoll.closed then waiting.delist(self) end -- it was closed in this turn
  if not ok then error(err, 0) end
end

-- A turn that keeps the failures for later.
function Loop:pass(timeout, deadline)
  self:checked_current()
  local wake_at = spare_time(self)
  if wake_at and (not timeout or wake_at < timeout) then timeout = wake_at end
  ask(self, timeout) -- not as the scheduler: in a task of another loop, that one runs on meanwhile
  as_scheduler(self, run_turn, deadline, deadline)
end

local function copy_of(err)
  local copy = {}
  for name, value in pairs(err) do copy[name] = value end
  return setmetatable(copy, getmetatable(err))
end

-- The first failure of a task that nobody joined, to the handler or to the caller.
local function surface(self)
  local t = self.failures
  self.failures, t.next = t.next, false
  if not self.failures then self.last_failure = false end
  local err, traceback = unpack_failure(t.results)
  traceback = traceback or tostring(err)
  if t.name then traceback = ("task '%s': %s"):format(t.name, traceback) end
  if self.onerror then return self.onerror(t, err, traceback) end
  if type(err) == "string" then
    err = traceback
  elseif core.isinstance(err, core.OSError) then
    if core.isinstance(err, core.BlockingIOError) then err = copy_of(err) end -- of everybody's
    err.traceback = traceback
  end
  error(err, 0)
end

-- One turn: waits at most that long for something to do (nil: no limit), then runs what is ready,
-- until the deadline at most.
function Loop:turn(timeout, deadline)
  self:pass(timeout, deadline)
  while self.failures do surface(self) end
end

-- Turns until there is something to do for the caller, such as to look at that task.
function Loop:turns(other)
  if core.getscheduler() ~= waiting.watcher then return self:turn() end
  as_scheduler(self, run_turns, other)
  while self.failures do surface(self) end
end

-- }}

