-- Waiting by libuv's loop: blocking-style code in the coroutines of a program that runs on luv.
--
--     local scheduler = require("pysocket.schedulers.luv").new()
--     socket.setscheduler(scheduler)
--     scheduler:spawn(function() ... end)
--     uv.run()
--
-- A task may also yield for a callback of luv's that resumes it.

local core = require "pysocket.core"
local interest = require "pysocket.schedulers.interest"
local uv = require "luv"

--- Waiting in the hands of libuv's loop: to be given to `socket.setscheduler`.
-- @class scheduler
-- @tfield function(error:any,traceback:string) onerror called with the error of a task and its
-- traceback
local Scheduler = core.class("pysocket.schedulers.luv")

local function run(self, co)
  local ok, err = coroutine.resume(co)
  if coroutine.status(co) == "dead" then self.tasks[co] = nil end
  if ok then return end
  local traceback = core.part("task").describe(err, co)
  coroutine.close(co)
  return self.onerror(err, traceback)
end

local function make_ready(self, co)
  table.insert(self.ready, co)
  if #self.ready > 1 then return end
  self.idle:start(function() -- once a round, between its timers and its descriptors
    local ready = self.ready
    self.ready = {} -- who gets ready from now on waits for the next round
    self.idle:stop()
    for _, task in ipairs(ready) do run(self, task) end
  end)
end

--- Starts a function in a coroutine of its own, which begins when libuv's loop runs.
-- @function scheduler:spawn
-- @tparam async f
-- @param ... its arguments
-- @treturn thread
function Scheduler:spawn(f, ...)
  local co = coroutine.create(function(...)
    coroutine.yield() -- keeps the arguments until then
    return f(...)
  end)
  self.tasks[co] = true
  coroutine.resume(co, ...)
  make_ready(self, co)
  return co
end

local function wake(self, wait)
  if wait.timer then wait.timer:close() end
  make_ready(self, wait.co)
end

-- libuv's loop ends when nothing is watched.
local function watch(self)
  if self.interest.count == 0 then return self.poll:stop() end
  self.poll:start("r", function()
    self.interest:take(wake, self)
    watch(self)
  end)
end

-- What the engine calls: see socket.setscheduler.
function Scheduler:wait(fd, events, timeout)
  local wait = { co = coroutine.running(), fd = fd or -1, events = events }
  if fd then
    self.interest:add(wait)
    if self.interest.count == 1 then watch(self) end
  elseif timeout == 0 then
    make_ready(self, wait.co)
    return coroutine.yield()
  end
  if timeout then
    uv.update_time() -- its clock stands still while callbacks run
    wait.timer = uv.new_timer()
    wait.timer:start(math.ceil(timeout * 1000), 0, function()
      self.interest:remove(wait)
      if self.interest.count == 0 then watch(self) end
      wake(self, wait)
    end)
  end
  return coroutine.yield()
end

-- A descriptor is about to be closed: who waits on it is woken.
function Scheduler:closing(fd)
  self.interest:close(fd, wake, self)
  if self.interest.count == 0 and not self.poll:is_closing() then watch(self) end
end

--- A scheduler for `socket.setscheduler`.
-- @function new
-- @treturn scheduler its field `onerror` is called with the error of a task and its traceback;
-- without one of yours it raises, which luv reports as it does for callbacks
local function new()
  local set = interest.new()
  return setmetatable({
    tasks = {}, -- by coroutine; the engine looks here
    ready = {},
    idle = uv.new_idle(),
    interest = set,
    poll = assert(uv.new_poll(set.set.fileno())),
    onerror = function(_, traceback) error(traceback, 0) end,
  }, Scheduler)
end

return { new = new }
