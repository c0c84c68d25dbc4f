-- What the tasks of a loop wait for: descriptors, times, each other; and how they are woken. It
-- stands on an epoll set in which a descriptor stays, edge-triggered, from its first wait until it
-- is closed: a wait costs no system call.

local core = require "pysocket.core"
local heap = require "pysocket.heap"
local task = require "pysocket.task"
local waiting = require "pysocket.waiting"

local CancelledError <const> = task.CancelledError
local Loop <const> = waiting.Loop

local RESERVE <const> = 1024 -- bytes: a task ends with less
local NO_MEMORY <const> = "not enough memory" -- what Lua raises then
local READ <const>, WRITE <const> = 1, 2 -- selectors.EVENT_READ, EVENT_WRITE
local TROUBLE <const> = core.EPOLLERR | core.EPOLLHUP
local READABLE <const> = core.EPOLLIN | core.EPOLLRDHUP | core.EPOLLPRI | TROUBLE
local WRITABLE <const> = core.EPOLLOUT | TROUBLE
local MASKS <const> = { [0] = 0, READABLE, WRITABLE, READABLE | WRITABLE } -- by READ, WRITE, both

local overdue <const> = waiting.overdue
local monotonic <const>, poll <const> = core.monotonic, core.epoll.poll
local next_other <const>, unready <const> = core.turn.other, core.turn.unready
local watch_fd <const>, unwatch_fd <const> = core.turn.watch, core.turn.unwatch

-- {{ Being woken

-- A task that waits alone for a descriptor, to read, is known only by its coroutine in `readers`,
-- so that little memory is touched among thousands of tasks. One that waits otherwise has `parked`,
-- the events that end it (0: only time does, or a task), and is in the descriptor's chain. `fd` is
-- the descriptor of the last wait (false before the task has begun), `limit` its time, `next` who
-- comes after it in the chain or in the queue of those that are to run. To wake takes no memory:
-- what the kernel has told once would be lost where there is none. A broken loop wakes nobody:
-- repair does.
local function is_parked(self, t)
  return t.parked or t.co and self.readers[t.fd] == t.co
end

local function make_ready(self, t)
  if self.broken then return end
  if self.first > self.last then
    self.head = t
  else
    self.tail.next = t
  end
  self.tail = t
  self.last = self.last + 1
end

-- Takes a task out of the chain of those that wait on a descriptor.
local function unlink(chains, fd, t)
  local other = chains[fd]
  if other == t then
    chains[fd] = t.next or nil
  else
    while other and other.next ~= t do other = other.next end
    if other then other.next = t.next end
  end
  t.next = false
end

-- Ends a task's wait, whatever it was for.
local function wake(self, t)
  if self.broken then return end
  if t.parked then
    t.parked = nil
    if t.fd then unlink(self.chains, t.fd, t) end
  else
    self.readers[t.fd] = false
  end
  make_ready(self, t)
end

-- Ends the waits of a chain for any of the events.
local function wake_chain(self, fd, events)
  local t = not self.broken and self.chains[fd]
  while t do
    local after = t.next
    if t.parked & events ~= 0 then wake(self, t) end
    t = after
  end
end

-- Ends the waits of those that are not in `readers`, for what the kernel has told.
local function wake_others(self)
  for fd, events in next_other, self.ready do wake_chain(self, fd, events) end
end

-- Asks the kernel what is ready, waiting that long.
local function ask(self, timeout)
  poll(self.epoll, timeout, nil, self.ready)
end

-- A task's timer stays where it is when the wait ends before its time, as nearly all do: the next
-- wait ends later, and the timer moves on once that time comes. A wait that does not look at the
-- time at all may so be ended by it: the engine tries again, which is harmless.
local function expire(self, timer, now)
  local t, timers = timer.task, self.timers
  if timer.err then
    timer.expired = true
    self:interrupt(t, timer.err) -- before the timer goes: there may be no memory for it
    return heap.remove(timers, timer)
  end
  heap.remove(timers, timer)
  if not (is_parked(self, t) and t.limit) then return end
  if t.limit <= now then return wake(self, t) end
  timer.at = t.limit
  heap.add(timers, timer)
end

-- Ends the waits whose time is over.
local function fire(self)
  local timers = self.timers
  local now = timers[1] and monotonic()
  while not self.broken and timers[1] and timers[1].at <= now do expire(self, timers[1], now) end
end

-- Sees to it that there is memory for a task to end where there is none for anything else.
local function refill(self)
  local ok, reserve = pcall(string.rep, " ", RESERVE)
  self.reserve = ok and reserve
end

-- Those who waited until a task ended; how many they were takes their place.
local function wake_joiners(self, t)
  local count = 0
  for joiner in pairs(t.joiners) do
    count = count + 1
    if joiner.parked then wake(self, joiner) end
  end
  t.joiners = count
end

-- A descriptor is about to be closed, or to belong to somebody else.
function Loop:forget(fd)
  for place, waited in pairs(self.places) do
    if waited == fd then self.places[place] = nil end
  end
  if not self.watched[fd] then return end
  self.watched[fd] = nil
  unwatch_fd(self.ready, fd)
  local reader = self.readers[fd]
  if reader then wake(self, self.tasks[reader]) end
  self.readers[fd] = nil
  wake_chain(self, fd, READABLE | WRITABLE)
  self.chains[fd] = nil
end

-- Makes a task raise: now, if it waits, else at its next wait. To be cancelled comes first.
function Loop:interrupt(t, err)
  if not (t.interrupt and core.isinstance(t.interrupt, CancelledError)) then t.interrupt = err end
  if is_parked(self, t) then return wake(self, t) end
  if self.readers[t.fd] == false then self.readers[t.fd] = nil end -- its next wait is to be seen
end

-- }}

-- {{ Waiting

-- Sees to it that the kernel watches a descriptor for the events; if anything fails on the way, it
-- may watch more than `watched` says, but never less.
local function watch(self, fd, mask)
  local before = self.watched[fd]
  mask = (before or 0) | mask
  if before == mask then return end
  watch_fd(self.ready, fd, mask)
  self.watched[fd] = mask
end

-- Puts a task into the chain of a descriptor, where one that waited alone cannot stay alone. If its
-- event has come already, it is woken: the kernel does not tell again.
local function link(self, fd, t)
  local readers, chains = self.readers, self.chains
  local reader = readers[fd] and self.tasks[readers[fd]]
  chains[fd] = chains[fd] or false -- so that what follows does all or, without memory, nothing
  if reader and unready(self.ready, fd) then
    wake(self, reader)
  elseif reader then
    reader.parked = READABLE
    chains[fd] = reader
  end
  readers[fd] = nil
  t.next = chains[fd]
  chains[fd] = t
end

local function set_limit(self, t, timeout)
  local timer, limit = t.timer, monotonic() + timeout
  t.limit = limit
  if not timer then
    timer = { task = t, at = limit, place = false }
    t.timer = timer
  elseif timer.place then
    if timer.at <= limit then return end
    heap.remove(self.timers, timer)
  end
  timer.at = limit
  heap.add(self.timers, timer)
end

-- Enters what a task waits for.
local function enter(self, t, fd, events, timeout)
  t.fd = fd or nil
  if timeout then
    set_limit(self, t, timeout)
  elseif t.limit then
    t.limit = false -- never nil again: turn.c sets it where it must not need memory
  end
  if not fd then
    t.parked = 0
    return
  end
  local mask = MASKS[events & (READ | WRITE)]
  watch(self, fd, mask)
  if events == READ and not self.readers[fd] and not self.chains[fd] then
    self.readers[fd] = t.co
  else
    t.parked = mask
    link(self, fd, t)
  end
end

-- The loop's own work was broken off: what it knows is made anew before the next turn.
function Loop:mistrust()
  self.broken, self.ended = true, true
end

-- There is not even the memory that the loop needs for one task: the caller is to hear of it once
-- the others have had their turn.
local function starve(self)
  self.starved = true
  self:mistrust()
end

local function set_interrupt(t, err)
  t.interrupt = err
end

-- A task waits; without anything that it waits for, to be woken. An error is raised where it waits,
-- or, where there is no memory for that, it tries again.
local function park(self, t, fd, events, timeout)
  if t.scope and not t.interrupt then t.interrupt = overdue(t.scope) or false end
  if t.interrupt or not fd and timeout == 0 then return make_ready(self, t) end
  local ok, err = pcall(enter, self, t, fd, events, timeout)
  if ok then return end
  if err == NO_MEMORY then self.reserve = false end
  local half_done = err ~= NO_MEMORY and not core.isinstance(err, core.OSError) -- by a hook's
  if not pcall(set_interrupt, t, err) then
    starve(self)
  elseif half_done then
    self:mistrust()
  elseif is_parked(self, t) then
    wake(self, t)
  else
    make_ready(self, t)
  end
end

-- }}

return {
  NO_MEMORY = NO_MEMORY,
  ask = ask,
  fire = fire,
  make_ready = make_ready,
  park = park,
  refill = refill,
  starve = starve,
  wake = wake,
  wake_joiners = wake_joiners,
  wake_others = wake_others,
}
