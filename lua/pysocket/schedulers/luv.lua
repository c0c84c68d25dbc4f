-- Waiting by libuv's loop: blocking-style code in the coroutines of a program that runs on luv.
--
--     local scheduler = require("pysocket.schedulers.luv").new()
--     socket.setscheduler(scheduler)
--     scheduler:spawn(function() ... end)
--     uv.run()

local core = require "pysocket.core"
local uv = require "luv"

local READ <const>, WRITE <const> = 1, 2

local Scheduler = core.class("pysocket.schedulers.luv")

-- {{ Running tasks: always from here, so that there is one place for their errors

local function run(self, co, ...)
  local ok, err = coroutine.resume(co, ...)
  if coroutine.status(co) == "dead" then self.tasks[co] = nil end
  if ok then return end
  local traceback = debug.traceback(co, tostring(err))
  coroutine.close(co)
  return self.onerror(err, traceback)
end

local function run_ready(self)
  local ready = self.ready
  self.ready = {} -- who gets ready from now on waits for libuv's next round
  for _, co in ipairs(ready) do run(self, co) end
end

local function make_ready(self, co)
  table.insert(self.ready, co)
  if #self.ready == 1 then self.timer:start(0, 0, function() run_ready(self) end) end
end

--- Starts a function in a coroutine of its own; it begins when libuv has run its first round.
-- @function scheduler:spawn
-- @tparam function f
-- @param ... its arguments
function Scheduler:spawn(f, ...)
  local co = coroutine.create(function(...)
    coroutine.yield()
    return f(...)
  end)
  self.tasks[co] = true
  coroutine.resume(co, ...)
  make_ready(self, co)
end

-- }}

-- {{ Waiting. libuv takes one poll handle a descriptor, so those who wait on it share one

-- Watches for what they still wait for, if they do.
local function watch(self, poll)
  local events = 0
  for wait in pairs(poll.waits) do events = events | wait.events end
  if events == poll.events then return end
  poll.events = events
  if events == 0 then return poll.handle:stop() end
  local names = ({ "r", "w", "rw" })[events]
  poll.handle:start(names, function(err, ready)
    for wait in pairs(poll.waits) do
      local hit = wait.events & READ ~= 0 and ready and ready:find("r")
        or wait.events & WRITE ~= 0 and ready and ready:find("w")
      if err or hit then self:wake(wait) end
    end
    watch(self, poll)
  end)
end

function Scheduler:wake(wait)
  if wait.poll then wait.poll.waits[wait] = nil end
  if wait.timer then wait.timer:close() end
  make_ready(self, wait.co)
end

-- What the engine calls: see socket.setscheduler.
function Scheduler:wait(fd, events, timeout)
  local wait = { co = coroutine.running(), events = events }
  if not fd and timeout == 0 then
    make_ready(self, wait.co)
    return coroutine.yield()
  end
  if fd then
    local poll = self.polls[fd]
    if not poll then
      poll = { handle = assert(uv.new_poll(fd)), events = 0, waits = {} }
      self.polls[fd] = poll
    end
    wait.poll = poll
    poll.waits[wait] = true
    watch(self, poll)
  end
  if timeout then
    uv.update_time() -- its clock stands still while callbacks run
    wait.timer = uv.new_timer()
    wait.timer:start(math.ceil(timeout * 1000), 0, function()
      self:wake(wait)
      if wait.poll then watch(self, wait.poll) end
    end)
  end
  return coroutine.yield()
end

-- A descriptor is about to be closed.
function Scheduler:closing(fd)
  local poll = self.polls[fd]
  if not poll then return end
  self.polls[fd] = nil
  poll.handle:stop()
  poll.handle:close()
  for wait in pairs(poll.waits) do self:wake(wait) end
end

-- }}

--- A scheduler for `socket.setscheduler`.
-- @function new
-- @treturn scheduler its field `onerror` is called with the error of a task and its traceback;
-- without one of yours it raises, which luv reports as it does for callbacks
local function new()
  return setmetatable({
    tasks = {}, -- by coroutine; the engine looks here
    ready = {},
    polls = {}, -- by descriptor
    timer = uv.new_timer(),
    onerror = function(_, traceback) error(traceback, 0) end,
  }, Scheduler)
end

return { new = new }
