-- Random programs of tasks: streams whose every byte is checked while their tasks are cancelled, time
-- out, wait in place and share sockets; sockets that are closed under those who wait for them, and
-- whose numbers come again at once. A wake-up that is lost is a hang. Prints how many programs there
-- were. Arguments: first seed, count, mode of the collector.

local core = require "pysocket.core"
local loop = require "pysocket.loop"
local polling = require "pysocket.select"
local socket = require "pysocket"

local LIMIT <const> = 300 -- seconds that a program may take, which takes some seconds with its collector
local random <const> = math.random

local first, count, mode = tonumber(arg[1]), tonumber(arg[2]), arg[3]
if mode then collectgarbage(mode, 10, 1000) end

-- {{ What may happen

local expected <const> = {
  "CancelledError", "TimeoutError", "BrokenPipeError", "ConnectionResetError", "Bad file descriptor",
  "has no open descriptor", "too many tasks wait",
}

-- Calls f; an error that is not to be expected here ends everything.
local function try(f, ...)
  local ok, result = pcall(f, ...)
  if ok then return true, result end
  for _, text in ipairs(expected) do
    if tostring(result):find(text, 1, true) then return false end
  end
  error(result, 0)
end

local function pause(l)
  local how = random(12)
  if how == 1 then try(l.sleep, l, 0) end
  if how == 2 then try(l.sleep, l, random() * 0.002) end
  if how == 3 then coroutine.yield() end
end

local function under_timeout(s, f)
  local before = s:gettimeout()
  s:settimeout(random() * 0.003)
  local ok, result = try(f)
  s:settimeout(before)
  return ok, result
end

-- }}

-- {{ Streams

local function byte_at(place) return place * 7 % 251 end

local function text_of(from, n)
  local bytes = {}
  for i = 1, n do bytes[i] = string.char(byte_at(from + i)) end
  return table.concat(bytes)
end

local function send_stream(l, s, total)
  local sent = 0
  while sent < total do
    local n = math.min(total - sent, random(random(4) == 1 and 100000 or 500))
    local ok, gone = try(s.send, s, text_of(sent, n))
    sent = sent + (ok and gone or 0)
    pause(l)
  end
  s:shutdown(socket.SHUT_WR)
end

-- Ways to receive, or to wait before: they give the data, or nothing.
local ways <const> = {
  function(_, s, n) return try(coroutine.wrap(function() return s:recv(n) end)) end,
  function(_, s, n) return try(loop.wrap(function() return s:recv(n) end)) end,
  function(l, s, n) return try(l.timeout_after, l, random() * 0.003, s.recv, s, n) end,
  function(_, s, n) return under_timeout(s, function() return s:recv(n) end) end,
  function(_, s) try(polling.select, { s }, {}, {}, random() * 0.003) end,
  function(_, s) try(polling.select, { s }, { s }, {}) end,
  function(_, s, n)
    local copy <close> = s:dup()
    return try(copy.recv, copy, n)
  end,
  function(_, s, n)
    local data
    try(table.sort, { 2, 1 }, function()
      data = data or s:recv(n)
      return false
    end)
    return data ~= nil, data
  end,
}

local function receive_stream(l, s, total)
  local got = 0
  while true do
    local n = random(random(3) == 1 and 70000 or 300)
    local way = ways[random(2 * #ways)]
    local ok, data
    if way then
      ok, data = way(l, s, n)
    else
      ok, data = try(s.recv, s, n)
    end
    if ok and data == "" then break end
    if ok and data then
      assert(data == text_of(got, #data), "wrong bytes")
      got = got + #data
    end
    pause(l)
  end
  assert(got == total, "bytes are missing")
end

-- }}

-- {{ Sockets that are closed under others

local deeds <const> = {
  function(_, a) a:recv(100) end,
  function(_, a) a:sendall(("z"):rep(random(300000))) end,
  function(_, a, b) polling.select({ a, b }, {}, {}) end,
  function(l, a) l:timeout_after(0.001, a.recv, a, 10) end,
  function(_, a) coroutine.wrap(function() a:recv(1) end)() end,
  function(_, a) under_timeout(a, function() a:recv(1) end) end,
}

local function join(task)
  while task:status() ~= "done" do try(task.join, task) end
end

local function lose_sockets(l)
  for _ = 1, random(5, 30) do
    local a, b = socket.socketpair()
    local tasks = {}
    for i = 1, random(4) do tasks[i] = l:spawn(try, deeds[random(#deeds)], l, a, b) end
    for _ = 1, random(0, 2) do try(l.sleep, l, 0) end
    if random(2) == 1 then try(b.send, b, "abc", socket.MSG_DONTWAIT) end
    pause(l)
    if random(6) == 1 then socket.close(a:detach()) else a:close() end
    pause(l)
    b:close()
    for _, task in ipairs(tasks) do join(task) end
  end
end

-- }}

local function start(l, tasks)
  for _ = 1, random(4) do
    local a, b = socket.socketpair()
    if random(2) == 1 then -- who sends has to wait, too
      a:setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
      b:setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    end
    local total = random(random(3) == 1 and 300000 or 3000)
    table.insert(tasks, l:spawn(send_stream, l, a, total))
    table.insert(tasks, l:spawn(receive_stream, l, b, total))
    if random(2) == 1 then
      table.insert(tasks, l:spawn(send_stream, l, b, total))
      table.insert(tasks, l:spawn(receive_stream, l, a, total))
    end
  end
  for _ = 1, random(0, 2) do l:spawn(lose_sockets, l) end
end

-- Cancels tasks that have begun: those of streams go on.
local function disturb(l, tasks)
  for _ = 1, random(0, 60) do
    local task = tasks[random(#tasks)]
    if task:status() == "waiting" then task:cancel() end
    pause(l)
    if random(4) == 1 then collectgarbage("step") end
  end
end

local function run(l)
  local ends = core.monotonic() + LIMIT
  while l:step(random(3) > 1 and random() * 0.001 or nil) do
    assert(core.monotonic() < ends, "it hangs")
    core.poll({ l:fileno(), core.POLLIN }, math.min(l:timeout() or 1, 1))
  end
end

-- The same inside a task of another loop.
local function run_nested(l)
  local ends = core.monotonic() + LIMIT
  loop.run(function()
    while l:step() do
      assert(core.monotonic() < ends, "it hangs")
      polling.select({ l }, {}, {}, math.min(l:timeout() or 1, 1))
    end
  end)
end

local function play(seed)
  math.randomseed(seed)
  local l <close> = loop.new()
  local tasks = {}
  start(l, tasks)
  l:spawn(disturb, l, tasks)
  if random(3) == 1 then run_nested(l) else run(l) end
  assert(not l:step() and l:timeout() == nil, "something is left")
end

for seed = first, first + count - 1 do
  local ok, err = pcall(play, seed)
  if not ok then error(("seed %d: %s"):format(seed, tostring(err)), 0) end
end
print(("%d programs of tasks"):format(count))
