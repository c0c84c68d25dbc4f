-- collector MODE [ROUNDS]: all scenes under a collector that is at work all the time; "drop" drops objects in every order.
-- Prints how many descriptors and how many KiB of Lua's memory were left.

local mode, rounds = ...
local collector = require "spec.collector"
local everything = require "torture.everything"
local loop = require "pysocket.loop"
local machine = require "spec.machine"
local select = require "pysocket.select"
local socket = require "pysocket"

local modes = {
  aggressive = collector.restless,
  generational = function() collector.generational(1, 1) end,
  full = function()
    debug.sethook(function() collectgarbage() end, "", 37)
  end,
  drop = function() end,
}

local function scenes()
  for _ = 1, tonumber(rounds or 1) do
    for _, name in ipairs(everything.names) do everything.scenes[name]() end
  end
end

-- What hangs together: makers of objects, each of which holds on to those before.
local function objects()
  local a, b = socket.socketpair()
  local file = a:makefile("rwb")
  file:write("unsent")
  local view = socket.bytearray(("x"):rep(100)):view(10, 20):view(2, 5)
  local l = loop.new()
  local task = l:spawn(function()
    local f <close> = b:makefile("rb")
    f:read("l")
  end)
  l:step()
  local iterator = file:lines()
  local set = (select.epoll or select.poll)()
  set:register(b, select.EPOLLIN or select.POLLIN)
  return {a, b, file, view, {l, task}, iterator, set}
end

local function permutations(list, n, act)
  if n == 0 then return act(list) end
  for i = 1, n do
    list[i], list[n] = list[n], list[i]
    permutations(list, n - 1, act)
    list[i], list[n] = list[n], list[i]
  end
end

local function drop()
  local count = 0
  permutations({1, 2, 3, 4, 5, 6, 7}, 5, function(order)
    count = count + 1
    local held = objects()
    for _, i in ipairs(order) do
      held[i] = nil
      if held[4] then assert(socket.bytearray(100)[1] == 0 and tostring(held[4]) == "xxxx") end
      if count % 4 == i % 4 then collectgarbage() else collectgarbage("step") end
    end
  end)
end

local act = mode == "drop" and drop or scenes
act()
act() -- what is loaded once is loaded
collectgarbage()
collectgarbage()
local heap = collectgarbage("count")
local before = #machine.descriptors()
modes[mode]()
act()
debug.sethook()
collector.incremental(200, 100, 13)
for _ = 1, 3 do collectgarbage() end
local growth = collectgarbage("count") - heap
local limit = socket.monotonic() + 10
while #machine.descriptors() > before and socket.monotonic() < limit do collectgarbage() end -- lookups on their way
print(#machine.descriptors() - before, growth)
everything.finish()
