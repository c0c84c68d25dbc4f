-- Random graphs of tasks against what must hold of them whatever happens: each task ends, as done, with its own
-- error, or cancelled where somebody cancelled it; what was opened is closed once; each item of a queue is taken
-- once, each byte arrives in its place; no wait ends early; nothing is left. Every wait without a limit is one whose
-- end another task owes it, by a `<close>` if not otherwise: a wake-up that is lost is a hang. Prints how many
-- programs and cycles of the collector there were. Arguments: first seed, count, mode of the collector (restless or
-- generational).

local collector = require "spec.collector"
local core = require "pysocket.core"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local LIMIT <const> = 20 -- seconds that a program may take, which takes some milliseconds
local random <const> = math.random

local first, count, mode = tonumber(arg[1]), tonumber(arg[2]), arg[3]
local modes <const> = {
  restless = collector.restless,
  generational = function() collector.generational(1, 100) end,
}
if mode then modes[mode]() end

local cycles = 0 -- of the collector

local function count_cycle()
  cycles = cycles + 1
  setmetatable({}, { __gc = count_cycle })
end

count_cycle()

local world -- of the program that runs: its tasks, and what has to come out even

-- {{ What is to be true

local Guard <const> = {
  __close = function(self)
    assert(not self.closed, "closed twice")
    self.closed = true
    world.open = world.open - 1
  end,
}

local function guard()
  world.open = world.open + 1
  return setmetatable({ closed = false }, Guard)
end

local expected <const> = {
  "CancelledError", "TimeoutError", "BrokenPipeError", "ConnectionResetError", "Bad file descriptor", "the queue is closed",
  "too many tasks wait", "the loop is closed", "the loop was stopped", "the group is closed",
}

-- Is it an error of what others did, or one that a task raised on purpose?
local function is_expected(err)
  if type(err) == "table" and err.mine then return true end
  if core.isinstance(err, socket.ExceptionGroup) then
    for _, one in ipairs(err.exceptions) do
      if not is_expected(one) then return false end
    end
    return true
  end
  for _, text in ipairs(expected) do
    if tostring(err):find(text, 1, true) then return true end
  end
  return false
end

local function try(f, ...)
  local ok, err = pcall(f, ...)
  if not ok and not is_expected(err) then error(err, 0) end
  return ok, err
end

-- }}

-- {{ Tasks

local deeds = {}

local function act(depth)
  local deed = deeds[random(#deeds)]
  deed(depth)
end

-- What every task does: some deeds, and then its own end.
local function live(record, depth)
  local _ <close> = guard()
  record.began = true
  world.own[coroutine.running()] = true
  for _ = 1, random(0, 4) do act(depth) end
  local how = random(8)
  if how == 1 then error(record.err, 0) end
  return record.id
end

-- Starts a task by that function of (f, ...), and says what it may come to.
local function start(spawn, depth)
  local record = { id = #world.records + 1, cancelled = false, began = false }
  record.err = { mine = true, id = record.id }
  record.task = spawn(live, record, depth + 1)
  world.records[record.id] = record
  return record
end

local function cancel(record)
  record.cancelled = true
  record.task:cancel()
end

-- Compares what a join gave with what the task is.
local function check_join(record, ok, result)
  local status = record.task:status()
  if ok then
    assert(status == "done" and result == record.id, "a wrong result")
  elseif status == "failed" and type(result) == "table" and result.mine and rawequal(result, record.err) then
    return
  elseif not is_expected(result) then
    error(result, 0)
  end
end

-- }}

-- {{ Deeds: all of them end, unless they are interrupted

local function nap()
  local seconds = random(3) == 1 and random() * 0.001 or 0
  local ends = core.monotonic() + seconds
  loop.sleep(seconds)
  assert(core.monotonic() >= ends, "a sleep ended early")
end

deeds[1] = nap
deeds[2] = function() -- lets others run; in a generator it would be a value
  if world.own[coroutine.running()] then coroutine.yield() end
end

deeds[3] = function(depth)
  if depth > 3 then return nap() end
  local children = {}
  for i = 1, random(3) do children[i] = start(loop.spawn, depth) end
  if random(3) == 1 then cancel(children[random(#children)]) end
  if random(2) == 1 then nap() end
  for _, child in ipairs(children) do
    if random(4) > 1 then check_join(child, pcall(child.task.join, child.task, random(6) == 1 and 0.0005 or nil)) end
  end
end

deeds[4] = function(depth)
  local seconds = random() * 0.001
  local began = core.monotonic()
  local ok, err = pcall(loop.timeout_after, seconds, function()
    local _ <close> = guard()
    act(depth)
    act(depth)
  end)
  if not ok and not is_expected(err) then error(err, 0) end
  if not ok and core.isinstance(err, socket.timeout) and err.call == "timeout_after" and not world.nested then
    assert(core.monotonic() >= began, "a timeout before its call")
  end
  if not ok and core.isinstance(err, loop.CancelledError) then error(err, 0) end
end

deeds[5] = function() -- somebody else is cancelled
  local record = world.records[random(#world.records)]
  if record and record.task and record.task:status() ~= "running" then cancel(record) end
end

deeds[6] = function(depth) -- a generator
  local n = 0
  for value in loop.wrap(function()
    local _ <close> = guard()
    for i = 1, random(3) do
      act(depth + 1)
      coroutine.yield(i)
    end
  end) do
    n = n + 1
    assert(value == n, "a stray value")
  end
end

deeds[7] = function(depth) -- in place
  if depth > 3 then return nap() end
  local ok, err = pcall(table.sort, { 2, 1 }, function()
    nap()
    return false
  end)
  if not ok and tostring(err):find("too many tasks wait", 1, true) then return end
  if not ok then error(err, 0) end
end

deeds[8] = function() -- a queue: the getter has no limit, the putter owes it an end
  local queue = loop.queue(random(0, 2))
  local total, got = random(0, 5), 0
  local getter = loop.spawn(function()
    for item in queue do
      got = got + 1
      assert(item == got, "an item out of turn")
    end
  end)
  local put = 0
  do
    local _ <close> = queue
    for i = 1, total do
      queue:put(i)
      put = i
      if random(3) == 1 then nap() end
    end
  end
  local ok, err = pcall(getter.join, getter)
  if ok then assert(got == put, "an item is lost") else error(err, 0) end
end

deeds[9] = function() -- a stream: its end is owed by a close
  local a, b = socket.socketpair()
  local sent, reader = 0
  do
    local _ <close> = a
    reader = loop.spawn(function()
      local s <close> = b
      local n = 0
      while true do
        local data = s:recv(random(1000))
        if data == "" then return n end
        n = n + #data
      end
    end)
    for _ = 1, random(0, 3) do
      local n = random(3) == 1 and random(300000) or random(100)
      local ok, err = pcall(a.sendall, a, ("x"):rep(n))
      if not ok then
        reader:cancel()
        error(err, 0)
      end
      sent = sent + n
      if random(3) == 1 then nap() end
    end
  end
  local ok, n = pcall(reader.join, reader)
  if not ok then error(n, 0) end
  assert(n == sent, "bytes are missing")
end

deeds[10] = function() -- a socket that is closed, or has a duplicate, while others wait for it
  local a, b = socket.socketpair()
  local _ <close> = a
  local _ <close> = b
  local waiters = {}
  for i = 1, random(3) do waiters[i] = loop.spawn(try, a.recv, a, 1) end
  if random(2) == 1 then nap() end
  local copy <close> = random(2) == 1 and a:dup() or nil
  if random(3) == 1 then
    socket.close(a:detach())
  else
    a:close()
  end
  local c, d = socket.socketpair() -- on the same numbers
  if copy then copy:close() end
  b:close()
  c:close()
  d:close()
  for _, waiter in ipairs(waiters) do try(waiter.join, waiter) end
end

deeds[11] = function(depth) -- a group
  if depth > 3 then return nap() end
  local members = {}
  local ok, err = pcall(function()
    local group <close> = loop.group()
    for i = 1, random(3) do members[i] = start(function(...) return group:spawn(...) end, depth) end
    if random(4) == 1 then group:cancel() end
    if random(2) == 1 then nap() end
  end)
  for _, member in ipairs(members) do
    member.cancelled = true -- by a failure of another, perhaps
    local status = member.task:status()
    assert(status == "done" or status == "failed" or status == "cancelled", "a group did not wait")
  end
  if not ok and not is_expected(err) then error(err, 0) end
  if not ok and core.isinstance(err, loop.CancelledError) then error(err, 0) end
end

deeds[12] = function(depth) -- a loop in this one
  if depth > 2 then return nap() end
  local before = #world.records
  local ok, err = pcall(loop.run, function()
    for _ = 1, random(3) do start(loop.spawn, depth + 1) end
    act(depth + 1)
    nap()
  end)
  for i = before + 1, #world.records do world.records[i].cancelled = true end
  if not ok and not is_expected(err) then error(err, 0) end
  if not ok and core.isinstance(err, loop.CancelledError) then error(err, 0) end
end

deeds[13] = function() -- a lock, whose holder may be interrupted
  local semaphore = world.semaphore
  local held <close> = semaphore:acquire()
  assert(held and world.held < 2, "too many hold it")
  world.held = world.held + 1
  local _ <close> = setmetatable({}, { __close = function() world.held = world.held - 1 end })
  nap()
end

-- }}

local function run(l)
  local ends = core.monotonic() + LIMIT
  while l:step(random(3) > 1 and random() * 0.001 or nil) do
    assert(core.monotonic() < ends, "it hangs")
    local left = l:timeout()
    if left ~= 0 then core.poll({ l:fileno(), core.POLLIN }, math.min(left or 1, 1)) end
  end
end

local function play(seed)
  math.randomseed(seed)
  world = { open = 0, held = 0, records = {}, own = setmetatable({}, { __mode = "k" }) }
  local l <close> = loop.new()
  l.onerror = function(_, err, traceback)
    if not is_expected(err) then world.unexpected = world.unexpected or traceback end
  end
  l:spawn(function()
    world.semaphore = loop.semaphore(2)
    for _ = 1, random(5) do start(loop.spawn, 0) end
  end)
  run(l)
  assert(not world.unexpected, world.unexpected)
  assert(world.open == 0, "a <close> variable was not closed")
  assert(world.held == 0, "a semaphore is held")
  assert(l:timeout() == nil, "something is left")
  for _, record in ipairs(world.records) do
    local status = record.task:status()
    local fine = status == "done" or status == "failed" or status == "cancelled"
    assert(fine, ("task %d is %s"):format(record.id, status))
    if status == "done" then assert(record.began, "done, and never began") end
  end
end

-- What a program has made is garbage when it is over.
local function leaves_nothing(seed)
  local kept = setmetatable({}, { __mode = "k" })
  play(seed)
  for _, record in ipairs(world.records) do kept[record.task] = true end
  world = nil
  collectgarbage()
  collectgarbage()
  assert(not next(kept), "a task is kept")
end

for seed = first, first + count - 1 do
  local ok, err = pcall(seed % 50 == 0 and leaves_nothing or play, seed)
  if not ok then error(("seed %d: %s"):format(seed, tostring(err)), 0) end
end
assert(mode ~= "restless" or cycles > 50 * count, "the collector rested")
print(("%d graphs of tasks, %d cycles of the collector"):format(count, cycles))
