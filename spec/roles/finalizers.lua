-- finalizers CASE: a finalizer uses the loop in whose work the collector runs. Prints what the spec compares.

local case = ...
local loop = require "pysocket.loop"
local socket = require "pysocket"

local cases = {}

-- Calls a function in the next step of the collector that an allocation takes.
local function at_next_allocation(f)
  collectgarbage("generational")
  collectgarbage()
  collectgarbage("stop")
  setmetatable({}, {__gc = f})
  collectgarbage("restart")
end

local function with_garbage(method)
  local closed = false
  do
    local l = loop.new()
    l:spawn(function()
      local _ <close> = setmetatable({}, {__close = function() closed = true end})
      loop.sleep(0)
    end)
    l:step()
    setmetatable({}, {__gc = function() l[method](l) end})
  end
  collectgarbage()
  collectgarbage()
  print(closed)
end

-- The loop itself is garbage.
function cases.close() with_garbage("close") end
function cases.step() with_garbage("step") end
function cases.run() with_garbage("run") end

-- Spawns so many tasks that sleep, and one more, in whose allocations a finalizer spawns others. The first room for
-- timers is for 16.
local function spawning(before, meanwhile)
  local l, count = loop.new(), 0
  local function spawn(times)
    for _ = 1, times do
      l:spawn(function()
        loop.sleep(0.01)
        count = count + 1
      end)
    end
  end
  spawn(before)
  at_next_allocation(function() spawn(meanwhile) end)
  spawn(1)
  l:run()
  print(count)
end

function cases.spawn() spawning(15, 1) end
function cases.many() spawning(16, 100) end

-- The record of a descriptor is being made while the finalizer waits, and another task makes the same block of records.
function cases.wait()
  loop.run(function()
    local a, b = socket.socketpair()
    local c, d = socket.socketpair()
    local buffer = socket.bytearray(1)
    local reader = loop.spawn(c.recv, c, 10)
    loop.spawn(function()
      loop.sleep(0.05)
      b:sendall("x")
    end)
    at_next_allocation(function() loop.sleep(0.01) end)
    a:recv_into(buffer)
    collectgarbage()
    collectgarbage()
    d:sendall("hello")
    print(reader:join(20))
  end)
end

-- The finalizer waits while the error of a cancel is made.
function cases.cancel()
  loop.run(function()
    local status
    local t = loop.spawn(function() status = pcall(loop.sleep, 20) end)
    loop.sleep(0)
    at_next_allocation(function() pcall(loop.sleep, 0) end)
    t:cancel()
    t:join()
    print(status)
  end)
end

-- The loop sleeps, and gives the collector a chance.
function cases.sleep()
  local l = loop.new()
  l:spawn(function()
    loop.sleep(0)
    setmetatable({}, {__gc = function() l:close() end})
    loop.sleep(20)
  end)
  l:run()
  print("returned")
end

cases[case]()
