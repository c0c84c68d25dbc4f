-- The waits for descriptors of a scheduler on a host's loop: one set of epoll(7) or kqueue(2), so
-- that the host watches only the descriptor of the set. The watchers of hosts have limits (luv: one
-- for each descriptor; cqueues: a descriptor with several waits must not be closed).

local core = require "pysocket.core"

local READ <const>, WRITE <const> = 1, 2

-- The interface of a set: `watch(fd, events)` registers for the next of these events; `take()`
-- returns the events that have occurred as descriptor, events, ... and the number of pairs.

local function by_epoll()
  local TROUBLE <const> = core.EPOLLERR | core.EPOLLHUP
  local READABLE <const> = core.EPOLLIN | core.EPOLLRDHUP | core.EPOLLPRI | TROUBLE
  local WRITABLE <const> = core.EPOLLOUT | TROUBLE
  local set, list, by = core.epoll(), {}, {}

  function by.fileno() return set:fileno() end

  function by.watch(fd, events)
    local mask = core.EPOLLONESHOT
    if events & READ ~= 0 then mask = mask | READABLE end
    if events & WRITE ~= 0 then mask = mask | WRITABLE end
    if not pcall(set.modify, set, fd, mask) then set:register(fd, mask) end
  end

  function by.take()
    local count = set:poll(0, 256, list)
    for i = 2, 2 * count, 2 do
      local mask = list[i]
      list[i] = (mask & READABLE ~= 0 and READ or 0) | (mask & WRITABLE ~= 0 and WRITE or 0)
    end
    return list, count
  end

  function by.forget(fd) pcall(set.unregister, set, fd) end

  return by
end

local function by_kqueue()
  local queues = require "pysocket.kqueue"
  local FILTERS <const> = { [READ] = core.KQ_FILTER_READ, [WRITE] = core.KQ_FILTER_WRITE }
  local queue, by = queues.kqueue(), {}

  local function change(fd, events, flags)
    for event, filter in pairs(FILTERS) do
      if events & event ~= 0 then queue:control({ queues.kevent(fd, filter, flags) }, 0) end
    end
  end

  function by.fileno() return queue:fileno() end

  function by.watch(fd, events)
    change(fd, events, core.KQ_EV_ADD | core.KQ_EV_ONESHOT)
  end

  function by.take()
    local events, list = queue:control(nil, 256, 0), {}
    for i, event in ipairs(events) do
      list[2 * i - 1] = event.ident
      list[2 * i] = event.filter == core.KQ_FILTER_READ and READ or WRITE
    end
    return list, #events
  end

  function by.forget(fd)
    for event in pairs(FILTERS) do pcall(change, fd, event, core.KQ_EV_DELETE) end
  end

  return by
end

-- The waits of a scheduler. A wait is a table with the fields `fd` and `events`; `count` is the
-- number of waits.
local Interest = core.class("pysocket.schedulers.interest")

-- Registers the descriptor once, for these events and those of all of its waits.
local function watch(self, fd, waits, events)
  for wait in pairs(waits) do events = events | wait.events end
  if events ~= 0 then self.set.watch(fd, events) end
end

-- Adds a wait; an error leaves all waits as they were.
function Interest:add(wait)
  local fd = wait.fd
  local waits = self.waits[fd] or {}
  watch(self, fd, waits, wait.events)
  waits[wait] = true
  self.waits[fd] = waits
  self.count = self.count + 1
end

-- Removes a wait; does nothing if the wait is not registered.
function Interest:remove(wait)
  local waits = self.waits[wait.fd]
  if not waits or not waits[wait] then return end
  waits[wait] = nil
  self.count = self.count - 1
end

-- Removes the waits whose descriptors are ready, and calls wake(scheduler, wait) for each.
function Interest:take(wake, scheduler)
  local list, count = self.set.take()
  for i = 1, 2 * count, 2 do
    local fd, events = list[i], list[i + 1]
    for wait in pairs(self.waits[fd] or {}) do
      if events & wait.events ~= 0 then
        self:remove(wait)
        wake(scheduler, wait)
      end
    end
    local rest = self.waits[fd]
    if rest then watch(self, fd, rest, 0) end
  end
end

-- Removes and wakes the waits of a descriptor that is about to be closed.
function Interest:close(fd, wake, scheduler)
  local waits = self.waits[fd]
  if not waits then return end
  self.set.forget(fd)
  for wait in pairs(waits) do
    self:remove(wait)
    wake(scheduler, wait)
  end
  self.waits[fd] = nil
end

local function new()
  local by = core.epoll and by_epoll or core.kqueue_open and by_kqueue
  if not by then error("this build has no descriptor that stands for many", 2) end
  return setmetatable({ set = by(), waits = {}, count = 0 }, Interest)
end

return { new = new }
