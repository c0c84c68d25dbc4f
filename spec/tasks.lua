-- The least of a scheduler: coroutines that wait by yielding, resumed in the order of their start.

local core = require "pysocket.core"
local socket = require "pysocket"

local tasks = {}

local Scheduler = {}
Scheduler.__index = Scheduler

-- What socket.setscheduler asks for.
function Scheduler:wait(fd, events, timeout)
  self.waits = self.waits + 1
  local deadline = timeout and socket.monotonic() + timeout
  coroutine.yield({fd = fd, events = events, deadline = deadline})
end

function Scheduler:closing(fd)
  for _, co in ipairs(self.order) do
    local wait = self.tasks[co]
    if wait.fd == fd then wait.woken = true end
  end
end

function Scheduler:spawn(f, ...)
  local co = coroutine.create(f)
  local arguments = table.pack(...)
  table.insert(self.order, co)
  self.tasks[co] = {woken = true, arguments = arguments}
end

function Scheduler:step(co)
  local arguments = self.tasks[co].arguments or {n = 0}
  local ok, wait = coroutine.resume(co, table.unpack(arguments, 1, arguments.n))
  if ok and coroutine.status(co) ~= "dead" then
    self.tasks[co] = wait
    return
  end
  coroutine.close(co)
  self.tasks[co] = nil
  for i, other in ipairs(self.order) do
    if other == co then table.remove(self.order, i) end
  end
  if not ok then error(wait, 0) end
end

local function mask(events)
  return (events & 1 ~= 0 and core.POLLIN or 0) | (events & 2 ~= 0 and core.POLLOUT or 0)
end

-- Waits for all at once; those who wait no more.
function Scheduler:ready()
  local fds, nearest = {}, math.huge
  for _, wait in pairs(self.tasks) do
    if wait.fd then table.move({wait.fd, mask(wait.events)}, 1, 2, #fds + 1, fds) end
    if wait.woken then nearest = 0 end
    if wait.deadline then nearest = math.min(nearest, wait.deadline) end
  end
  local left = nearest < math.huge and math.max(nearest - socket.monotonic(), 0) or nil
  local flat, hits = core.poll(fds, left), {}
  for i = 1, #flat, 2 do hits[flat[i]] = true end
  local ready = {}
  for _, co in ipairs(self.order) do
    local wait = self.tasks[co]
    local due = wait.deadline and wait.deadline <= socket.monotonic()
    if wait.woken or due or hits[wait.fd or -1] then ready[#ready + 1] = co end
  end
  return ready
end

-- Returns when all tasks have ended, or raises what one of them raised.
function Scheduler:run()
  while #self.order > 0 do
    for _, co in ipairs(self:ready()) do self:step(co) end
  end
end

-- A scheduler that is in force until what `restore` is given is called. Its field `waits` counts
-- how often a task waited.
function tasks.scheduler(restore)
  local scheduler = setmetatable({order = {}, tasks = {}, waits = 0}, Scheduler)
  local before = socket.setscheduler(scheduler)
  restore(socket.setscheduler, before)
  return scheduler
end

return tasks
