-- Random programs of what tasks need between themselves: queues, semaphores, locks, conditions, events and groups, whose waits are
-- cancelled, time out, wait in place and in generators. What must hold whatever happens: each item that was put is taken once and
-- in order, or is still there; no more tasks hold a thing than may; who waits has come later than those who were served; when
-- nothing moves any more, nobody waits for what is there (a lost wake-up), and all ends. Prints how many programs there were.
-- Arguments: first seed, count, mode of the collector.

local core = require "pysocket.core"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local LIMIT <const> = 300 -- seconds that a program may take, which takes some milliseconds on a machine at rest
local LONGEST <const> = 0.002 -- seconds of a deadline or a pause
local ROUNDS <const> = 12 -- turns after which what was woken has run
local random <const> = math.random

local first, count, mode = tonumber(arg[1]), tonumber(arg[2]), arg[3]
if mode then collectgarbage(mode, 10, 1000) end

-- {{ What may happen

local function is_expected(err)
  if core.isinstance(err, socket.ExceptionGroup) then
    for _, one in ipairs(err.exceptions) do
      if not is_expected(one) then return false end
    end
    return true
  end
  for _, class in ipairs({ loop.CancelledError, socket.timeout, loop.QueueShutDown, loop.QueueEmpty, loop.QueueFull }) do
    if core.isinstance(err, class) then return true end
  end
  return err == "on purpose" or tostring(err):find("too many tasks wait", 1, true) ~= nil
end

-- Calls f; an error that is not to be expected here ends everything.
local function try(f, ...)
  local ok, result = pcall(f, ...)
  if ok then return true, result end
  if not is_expected(result) then error(result, 0) end
  return false, result
end

-- }}

-- {{ Who waits: by thing, so many, and in which order they came

local Waiters = {}
Waiters.__index = Waiters

local function waiters() return setmetatable({ last = 0, tickets = {}, count = 0 }, Waiters) end

-- Waits by f(...). With 'ordered', nobody who came before and waits still may have been passed over; where
-- the call need not wait, those before have theirs, and only have not had their turn.
function Waiters:during(ordered, f, ...)
  self.last = self.last + 1
  local ticket = self.last
  self.tickets[ticket] = ordered or false
  self.count = self.count + 1
  local ok, result = pcall(f, ...)
  self.tickets[ticket] = nil
  self.count = self.count - 1
  if not ok then error(result, 0) end
  if ordered then
    for other, waits in pairs(self.tickets) do
      assert(other > ticket or not waits, "somebody was passed over")
    end
  end
  return result
end

-- }}

-- {{ Things: each with deeds, a look at what must hold when nothing moves, and an end that lets all go

local function new_queue()
  local queue = loop.queue(random(0, 3))
  local putters, getters = waiters(), waiters()
  local self = { waiting = { putters, getters } }
  local sent, put, taken = 0, {}, 0 -- the items that are in it or were, in order
  local closed = false
  local function got(item)
    if item == nil then return end
    taken = taken + 1
    assert(put[taken] == item, "an item is lost, or out of turn")
  end

  self.deeds = {
    function(ordered, timeout)
      sent = sent + 1
      local item = sent
      putters:during(ordered and queue:full(), function()
        queue:put(item, timeout)
        put[#put + 1] = item
      end)
    end,
    function(ordered, timeout)
      -- of a closed queue, nobody waits for what those before will have
      getters:during(ordered and not closed and queue:empty(), function() got(queue:get(timeout)) end)
    end,
    function() got(queue:get_nowait()) end,
    function()
      sent = sent + 1
      queue:put_nowait(sent)
      put[#put + 1] = sent
    end,
  }

  function self.look()
    assert(queue:qsize() == #put - taken, "the number of items is wrong")
    assert(getters.count == 0 or queue:qsize() == 0, "a getter waits while there are items")
    assert(putters.count == 0 or queue.maxsize > 0 and queue:qsize() == queue.maxsize, "a putter waits while there are places")
    assert(queue:full() == (queue.maxsize > 0 and queue:qsize() == queue.maxsize) and queue:empty() == (queue:qsize() == 0))
  end

  function self.finish()
    closed = true
    queue:close()
  end

  function self.check()
    for item in queue do got(item) end
    assert(taken == #put, "items are lost")
  end
  return self
end

local function new_semaphore()
  local size = random(3)
  local semaphore, holders, line = loop.semaphore(size), 0, waiters()
  local self = { waiting = { line } }
  self.deeds = {
    function(ordered, timeout, pause)
      local _ <close> = line:during(ordered and semaphore:locked(), semaphore.acquire, semaphore, timeout)
      holders = holders + 1
      local _ <close> = setmetatable({}, { __close = function() holders = holders - 1 end })
      assert(holders <= size, "too many hold it")
      pause()
    end,
  }
  function self.look()
    assert(line.count == 0 or holders == size, "a task waits for a semaphore that is free")
    assert(semaphore:locked() == (holders == size))
  end
  function self.finish() end
  self.check = self.look
  return self
end

-- A lock with a condition: a number that tasks wait for and others change.
local function new_condition()
  local condition = loop.condition()
  local holder, over, value, notified = false, false, 0, waiters()
  -- What a task below on the stack holds, one that waits in place above it would wait for without end.
  local self = { waiting = { notified }, never_in_place = true }

  local function held(timeout, f)
    local _ <close> = condition:acquire(timeout)
    assert(not holder, "two hold a lock")
    holder = true
    local _ <close> = setmetatable({}, { __close = function() holder = false end })
    f()
  end

  self.deeds = {
    function(_, timeout, pause)
      held(nil, function()
        local target = value + 1
        holder = false
        local ok, err = pcall(notified.during, notified, false, condition.wait_for, condition, function()
          return value >= target or over
        end, timeout)
        assert(not holder, "a wait ends without the lock")
        holder = true
        if not ok then error(err, 0) end
        pause()
      end)
    end,
    function(_, timeout, pause)
      held(timeout, function()
        pause()
        value = value + 1
        condition:notify_all()
      end)
    end,
  }

  function self.look()
    if not holder then assert(not condition:locked(), "a lock is held by nobody") end
  end

  function self.finish()
    over = true
    local _ <close> = condition:acquire()
    condition:notify_all()
  end
  self.check = self.look
  return self
end

local function new_event()
  local event, line = loop.event(), waiters()
  local over = false
  local self = { waiting = { line } }
  self.deeds = {
    function(_, timeout) line:during(false, event.wait, event, timeout) end,
    function()
      event:set()
      if random(2) == 1 and not over then event:clear() end
    end,
  }
  function self.look() assert(line.count == 0 or not event:is_set(), "a task waits for an event that is set") end
  function self.finish()
    over = true
    event:set()
  end
  function self.check() end
  return self
end

local makers <const> = { new_queue, new_queue, new_semaphore, new_condition, new_event }

-- }}

-- {{ Tasks

local function pause()
  local how = random(6)
  if how == 1 then loop.sleep(0) end
  if how == 2 then loop.sleep(random() * LONGEST / 2) end
end

-- Ways to call a deed; in the first of them the order in which tasks come can be told.
local ways <const> = {
  function(deed, timeout) deed(not timeout, timeout, pause) end, -- one that is out of time has its turn already
  function(deed, timeout) loop.timeout_after(random() * LONGEST, deed, false, timeout, pause) end,
  function(deed, timeout) loop.wrap(deed)(false, timeout, pause) end,
  function(deed, timeout) coroutine.wrap(deed)(false, timeout or LONGEST, pause) end, -- in place: see new_condition
  function(deed, timeout) loop.first(function() deed(false, timeout, pause) end, function() loop.sleep(random() * LONGEST) end) end,
}

local function work(world)
  for _ = 1, random(6) do
    local thing = world.things[random(#world.things)]
    local way = ways[random(3) == 1 and random(#ways) or 1]
    if thing.never_in_place and way == ways[4] then way = ways[1] end
    world.moves = world.moves + 1
    try(way, thing.deeds[random(#thing.deeds)], random(3) == 1 and random() * LONGEST or nil)
    world.moves = world.moves + 1
    pause()
  end
  if random(10) == 1 then error("on purpose", 0) end
end

-- Tasks in groups of groups; what their blocks start has ended when they are left.
local function branch(world, depth)
  local members = {}
  local ok, err = pcall(function()
    local group <close> = loop.group()
    for i = 1, random(4) do
      members[i] = group:spawn(depth < 2 and random(3) == 1 and branch or work, world, depth + 1)
      table.insert(world.tasks, members[i])
    end
    if random(3) == 1 then pause() end
    if random(8) == 1 then group:cancel() end
    if random(8) == 1 then error("on purpose", 0) end
  end)
  for _, member in ipairs(members) do
    local status = member:status()
    assert(status == "done" or status == "failed" or status == "cancelled", "a task outlives its group")
  end
  if not ok then error(err, 0) end
end

local function disturb(world)
  for _ = 1, random(0, 10) do
    local task = world.tasks[random(#world.tasks)]
    if task and task:status() ~= "running" then task:cancel() end
    loop.sleep(random(2) == 1 and 0 or random() * LONGEST / 2)
  end
end

-- Looks when nothing moves any more: no deadline is to come, and what was woken has run.
local function look(world)
  repeat
    local before = world.moves
    loop.sleep(2 * LONGEST)
    for _ = 1, ROUNDS do loop.sleep(0) end
  until world.moves == before
  for _, thing in ipairs(world.things) do thing.look() end
end

-- Until all have ended: what they still wait for is let go.
local function finish(world, root)
  for _, thing in ipairs(world.things) do thing.finish() end
  try(root.join, root)
  for _, thing in ipairs(world.things) do
    for _, line in ipairs(thing.waiting) do assert(line.count == 0, "somebody waits still") end
    thing.check()
  end
end

-- A program, in a task.
local function play(seed)
  math.randomseed(seed)
  local world = { things = {}, tasks = {}, moves = 0 }
  for i = 1, random(3) do world.things[i] = makers[random(#makers)]() end
  local root = loop.spawn(try, branch, world, 0)
  loop.spawn(disturb, world):join()
  look(world)
  finish(world, root)
end

-- }}

for seed = first, first + count - 1 do
  local ok, err = pcall(loop.run, loop.timeout_after, LIMIT, play, seed)
  if not ok then error(("seed %d: %s"):format(seed, tostring(err)), 0) end
end
print(("%d programs of what tasks need between themselves"):format(count))
