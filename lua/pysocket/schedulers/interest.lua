-- Who waits for which descriptor, for schedulers that stand on a host's loop: an epoll set, of
-- which the host has to watch only the descriptor. Hosts' own watchers have limits (luv: one for
-- each descriptor; cqueues: a descriptor that several wait for must not be closed).

local core = require "pysocket.core"

local READ <const>, WRITE <const> = 1, 2
local TROUBLE <const> = core.EPOLLERR | core.EPOLLHUP
local MASKS <const> = {
  [READ] = core.EPOLLIN | core.EPOLLRDHUP | core.EPOLLPRI | TROUBLE,
  [WRITE] = core.EPOLLOUT | TROUBLE,
}
MASKS[READ | WRITE] = MASKS[READ] | MASKS[WRITE]

-- A wait is any table with the fields `fd` and `events`. `count` is the number of waits.
local Interest = core.class("pysocket.schedulers.interest")

-- Tells the kernel, once, what those who wait on a descriptor wait for.
local function watch(self, fd)
  local mask = 0
  for wait in pairs(self.waits[fd]) do mask = mask | MASKS[wait.events] end
  if mask == 0 then return end
  mask = mask | core.EPOLLONESHOT
  if not pcall(self.epoll.modify, self.epoll, fd, mask) then self.epoll:register(fd, mask) end
end

function Interest:add(wait)
  local fd = wait.fd
  self.waits[fd] = self.waits[fd] or {}
  self.waits[fd][wait] = true
  self.count = self.count + 1
  watch(self, fd)
end

-- Harmless for a wait that is not in it.
function Interest:remove(wait)
  local waits = self.waits[wait.fd]
  if not waits or not waits[wait] then return end
  waits[wait] = nil
  self.count = self.count - 1
end

-- Removes those that are ready now, and calls wake(scheduler, wait) for each.
function Interest:take(wake, scheduler)
  local list = self.list
  for i = 1, 2 * self.epoll:poll(0, 256, list), 2 do
    local fd, events = list[i], list[i + 1]
    for wait in pairs(self.waits[fd] or {}) do
      if events & MASKS[wait.events] ~= 0 then
        self:remove(wait)
        wake(scheduler, wait)
      end
    end
    if self.waits[fd] then watch(self, fd) end
  end
end

-- A descriptor is about to be closed: the same for those who wait on it.
function Interest:close(fd, wake, scheduler)
  local waits = self.waits[fd]
  if not waits then return end
  pcall(self.epoll.unregister, self.epoll, fd)
  for wait in pairs(waits) do
    self:remove(wait)
    wake(scheduler, wait)
  end
  self.waits[fd] = nil
end

local function new()
  return setmetatable({ epoll = core.epoll(), waits = {}, count = 0, list = {} }, Interest)
end

return { new = new }
