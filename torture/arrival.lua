-- Random programs of two processes with TCP connections. The sender sends data, urgent bytes, ends and resets in every order and at
-- random times. The tasks of the receiver receive in every way, and leave out the receives that would find nothing. A task that waits
-- while data are in its queue makes the program hang, since the sender waits again and again until the receiver has reported all
-- bytes. The receiver checks each byte. Prints the number of connections. Arguments: first seed, count of programs.

local core = require "pysocket.core"
local loop = require "pysocket.loop"
local polling = require "pysocket.select"
local socket = require "pysocket"

local LIMIT <const> = 120 -- seconds that a program may take
local EVENT_READ <const> = require("pysocket.selectors").EVENT_READ
local CONNECTIONS <const> = 8 -- at a time
local STEPS <const> = 30 -- of a connection, at most
local LONGEST <const> = 0.001 -- seconds of a deadline or a pause
local URGENT <const> = "\255" -- in no other data
local PERIOD <const> = 251
local random <const> = math.random

local pattern = {}
for i = 0, 2 * 4096 do pattern[#pattern + 1] = string.char(i % PERIOD) end
pattern = table.concat(pattern)

-- The bytes of the stream from an offset on.
local function bytes(offset, count)
  local from <const> = offset % PERIOD
  return pattern:sub(from + 1, from + count)
end

-- {{ The sender: a process with blocking sockets

local function wait_for_all(c)
  while c.heard < c.sent do
    local report = c.socket:recv(4, socket.MSG_WAITALL)
    if #report < 4 then return end -- the receiver has closed
    c.heard = string.unpack("<I4", report)
  end
end

local steps = {}

function steps.data(c)
  local count = random(3) == 1 and random(4096) or random(20)
  c.socket:sendall(bytes(c.sent, count))
  c.sent = c.sent + count
end

function steps.urgent(c)
  if c.urgent then c.socket:send(URGENT, socket.MSG_OOB) end
end

function steps.pause()
  core.poll({}, random() * LONGEST)
end

steps.wait = wait_for_all

-- Ends the connection in one of four ways.
local function finish(c)
  local how = random(4)
  if how == 1 then
    c.socket:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack("<i4i4", 1, 0)) -- a reset
  elseif how == 2 then
    wait_for_all(c)
    c.socket:shutdown(socket.SHUT_WR)
    while c.socket:recv(4096) ~= "" do end -- the receiver closes once it has seen the end
  elseif how == 3 then
    c.socket:shutdown(socket.SHUT_WR)
    wait_for_all(c)
  end
  c.socket:close()
end

local NAMES <const> = { "data", "data", "data", "urgent", "pause", "wait", "wait" }

local function send(port, seed)
  math.randomseed(seed)
  local connections = {}
  for i = 1, CONNECTIONS do
    local s = socket.create_connection({ "127.0.0.1", port })
    s:setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connections[i] = { socket = s, sent = 0, heard = 0, left = random(STEPS), urgent = random(3) == 1 }
  end
  while #connections > 0 do
    local i = random(#connections)
    local c = connections[i]
    c.left = c.left - 1
    if c.left >= 0 then steps[NAMES[random(#NAMES)]](c) end
    if c.left < 0 then
      finish(c)
      table.remove(connections, i)
    end
  end
end

-- }}

-- {{ The receiver

local expected <const> = { "CancelledError", "TimeoutError", "BlockingIOError", "Invalid argument", "too many tasks wait" }

-- Calls f: its result, or nil after an error that is expected.
local function try(f, ...)
  local ok, result = pcall(f, ...)
  if ok then return result end
  for _, text in ipairs(expected) do
    if tostring(result):find(text, 1, true) then return nil end
  end
  error(result, 0)
end

local function size() return random(3) == 1 and random(3) or random(5000) end

-- Each way gets a socket and its connection, and receives once: the bytes, or nil if there are none yet.
local ways = {}

function ways.recv(s) return s:recv(size()) end

function ways.recvfrom(s) return (s:recvfrom(size())) end

function ways.recvmsg(s) return (s:recvmsg(size())) end

function ways.recv_into(s)
  local buffer = socket.bytearray(size())
  return tostring(buffer:view(1, s:recv_into(buffer)))
end

function ways.raw_file(_, c) return c.file:read(size()) end

function ways.timed(s)
  s:settimeout(random() * LONGEST)
  local data = try(s.recv, s, size())
  s:settimeout(nil)
  return data
end

function ways.at_once(s)
  s:settimeout(0)
  local data = try(s.recv, s, size())
  s:settimeout(nil)
  return data
end

function ways.within(s)
  return try(loop.timeout_after, random() * LONGEST, s.recv, s, size())
end

-- A receive in a task that `spawn` starts; `during` does something with the task.
local function received(spawn, s, during)
  local task <const> = spawn(pcall, s.recv, s, size())
  during(task)
  local ok, result = task:join()
  return try(function() return ok and result or error(result, 0) end)
end

function ways.cancelled(s)
  return received(loop.spawn, s, function(task)
    loop.sleep(random(2) == 1 and 0 or random() * LONGEST)
    task:cancel()
  end)
end

-- A receive in a coroutine that cannot yield. It returns after the waits of the tasks that run on top of it: no wait is long.
function ways.in_place(s)
  return coroutine.wrap(ways.timed)(s)
end

-- A receive in a nested loop, which is a new loop each time, or that of the connection.
function ways.inside(s) return loop.run(s.recv, s, size()) end

function ways.inside_again(s, c)
  return received(function(...) return c.inner:spawn(...) end, s, function() end)
end

-- A receive of a duplicate that the socket does not know.
function ways.duplicate(_, c)
  if not c.duplicate then
    local fd <const> = tonumber(tostring(c.socket):match("fd=(%d+)"))
    c.duplicate = socket.fromfd(fd, socket.AF_INET, socket.SOCK_STREAM)
  end
  return try(c.duplicate.recv, c.duplicate, size(), socket.MSG_DONTWAIT)
end

-- The following ways ask about the socket, or use it in other ways, before the next receive.

function ways.selected(s)
  polling.select({ s }, {}, {}, random(2) == 1 and 0 or random() * LONGEST)
end

function ways.polled(s, c)
  local poll = polling.poll()
  poll:register(s, polling.POLLIN)
  poll:poll(random(2) - 1)
  return ways.at_once(s, c)
end

-- A wait for the number of the descriptor, as for a descriptor of another library.
function ways.waited(_, c)
  local fd <const> = tonumber(tostring(c.socket):match("fd=(%d+)"))
  try(loop.timeout_after, random() * LONGEST, loop.wait, fd, EVENT_READ)
end

function ways.paused() loop.sleep(random() * LONGEST) end

function ways.peeked(s, c)
  s:settimeout(0)
  local data = try(s.recv, s, size(), socket.MSG_PEEK)
  s:settimeout(nil)
  if data then c:check(data) end
end

-- After one of these the connection leaves out no receive.
local rare = {}

function rare.urgent(s)
  local data = try(s.recv, s, 1, socket.MSG_OOB)
  assert(data == nil or data == URGENT)
end

function rare.low_water(s)
  s:setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 10)
  s:setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
end

function rare.copied(s)
  local copy <close> = s:dup()
  return try(copy.recv, copy, size(), socket.MSG_DONTWAIT)
end

local function names_of(list)
  local names = {}
  for name in pairs(list) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local WAYS <const>, RARE <const> = names_of(ways), names_of(rare)

local Connection = {}
Connection.__index = Connection

-- Checks the bytes of the stream: the data without its urgent bytes.
function Connection:check(data)
  local plain = data:gsub(URGENT, "")
  for offset = 0, #plain - 1, 4096 do
    local part = plain:sub(offset + 1, offset + 4096)
    if part ~= bytes(self.received + offset, #part) then error("wrong bytes after " .. self.received, 0) end
  end
  return plain
end

-- Receives in a random way, and reports the number of bytes so far: true at the end of the stream.
function Connection:step()
  local way = self.is_rare and random(20) == 1 and rare[RARE[random(#RARE)]]
    or random(3) == 1 and self.favourite or ways[WAYS[random(#WAYS)]]
  local data = way(self.socket, self)
  if data == "" then return true end
  if not data then return false end
  self.received = self.received + #self:check(data)
  self.socket:sendall(string.pack("<I4", self.received))
  return false
end

local function receive(s)
  local c <close> = setmetatable({
    socket = s,
    received = 0,
    file = s:makefile("rb", { buffering = 0 }),
    inner = loop.new(),
    favourite = ways[WAYS[random(#WAYS)]],
    is_rare = random(3) == 1,
  }, Connection)
  local ok, err = pcall(function()
    repeat until c:step()
  end)
  local reset <const> = core.isinstance(err, socket.ConnectionError) or core.isinstance(err, socket.OSError) and err.name == "ENOTCONN"
  if not ok and not reset then error(err, 0) end
end

function Connection:__close()
  if self.duplicate then self.duplicate:close() end
  self.inner:close()
  self.file:close()
  self.socket:close()
end

local interpreter <const> = arg[-1]

local function program(seed)
  math.randomseed(seed)
  local server <close> = socket.create_server({ "127.0.0.1", 0 })
  local port <const> = server:getsockname()[2]
  local child <close> = assert(io.popen(("'%s' torture/arrival.lua send %d %d"):format(interpreter, port, seed)))
  loop.run(loop.timeout_after, LIMIT, function()
    local tasks = {}
    for i = 1, CONNECTIONS do tasks[i] = loop.spawn(receive, (server:accept())) end
    for _, task in ipairs(tasks) do task:join() end
  end)
  assert(child:close())
end

-- }}

if arg[1] == "send" then
  send(tonumber(arg[2]), tonumber(arg[3]))
  os.exit(true)
end

local first <const>, count <const> = tonumber(arg[1]), tonumber(arg[2])
for seed = first, first + count - 1 do
  local ok, err = xpcall(program, debug.traceback, seed)
  if not ok then
    io.stderr:write("program ", seed, ": ", tostring(err), "\n")
    os.exit(false)
  end
end
print(("%d connections"):format(count * CONNECTIONS))
