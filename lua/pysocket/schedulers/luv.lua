-- A scheduler for programs that run on luv: calls in blocking style let other coroutines run.
--
--     local scheduler = require("pysocket.schedulers.luv").new()
--     socket.setscheduler(scheduler)
--     scheduler:spawn(function() ... end)
--     uv.run()
--
-- A task may also yield until a callback of luv resumes it.

local core = require "pysocket.core"
local interest = require "pysocket.schedulers.interest"
local uv = require "luv"

--- A scheduler on libuv's loop, for `socket.setscheduler`.
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
  self.idle:start(function() -- once per iteration, between timers and descriptors
    local ready = self.ready
    self.ready = {} -- a task that becomes ready now waits for the next iteration
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
    coroutine.yield() -- keeps the arguments until the first turn
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

-- Watches the set while there are waits: libuv's loop ends when no handle is active.
local function watch(self)
  if self.interest.count == 0 then return self.poll:stop() end
  self.poll:start("r", function()
    self.interest:take(wake, self)
    watch(self)
  end)
end

-- Called by the library: see socket.setscheduler.
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
    uv.update_time() -- libuv's clock stands still while callbacks run
    wait.timer = uv.new_timer()
    wait.timer:start(math.ceil(timeout * 1000), 0, function()
      self.interest:remove(wait)
      if self.interest.count == 0 then watch(self) end
      wake(self, wait)
    end)
  end
  return coroutine.yield()
end

-- Wakes the tasks that wait for a descriptor before it is closed.
function Scheduler:closing(fd)
  self.interest:close(fd, wake, self)
  if self.interest.count == 0 and not self.poll:is_closing() then watch(self) end
end

--- Creates a scheduler for `socket.setscheduler`.
-- @function new
-- @treturn scheduler its field `onerror` is called with the error of a task and its traceback; by
-- default it raises the error, which luv reports as an error of a callback
local function new()
  local set = interest.new()
  return setmetatable({
    tasks = {}, -- by coroutine; the library reads this field
    ready = {},
    idle = uv.new_idle(),
    interest = set,
    poll = assert(uv.new_poll(set.set.fileno())),
    onerror = function(_, traceback) error(traceback, 0) end,
  }, Scheduler)
end

return { new = new }
