-- bytes TOTAL SEED [LIBRARY]: sends so many bytes in all, by each way to send to each way to receive, in pieces of random
-- sizes, between two tasks and between two processes; each byte that arrives is compared with the one that was sent.
-- With faults.c as LIBRARY, and preloaded, system calls fail meanwhile.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local total, seed, library, role, host_port, count_of_each = ...
total, seed = tonumber(total), tonumber(seed)
if library == "" then library = nil end

local PATIENCE <const> = 60
local PERIOD <const> = 1000003 -- a prime: nothing that is lost or doubled goes unnoticed
local MOST <const> = 150000 -- bytes in a piece

math.randomseed(seed)

-- The endless text: its byte at place i (from 0) is that of the period at i % PERIOD.
local period
do
  local words, x = {}, 88172645463325252
  for i = 1, PERIOD // 8 + 1 do
    x = x ~ (x << 13)
    x = x ~ (x >> 7)
    x = x ~ (x << 17)
    words[i] = string.pack("<i8", x)
  end
  period = table.concat(words):sub(1, PERIOD)
end
local twice = period .. period

local function text(place, size)
  place = place % PERIOD
  return twice:sub(place + 1, place + size)
end

local function size_of_piece(left)
  local size = math.random(3) == 1 and math.random(10) or math.random(MOST)
  return math.min(size, left)
end

-- Ways to send the bytes from place 0 to n.

local senders = {}

local function in_pieces(n, send)
  local place = 0
  while place < n do place = place + send(place, size_of_piece(n - place)) end
end

function senders.sendall(s, n)
  in_pieces(n, function(place, size)
    s:sendall(text(place, size))
    return size
  end)
end

function senders.send(s, n)
  in_pieces(n, function(place, size) return s:send(text(place, size)) end)
end

function senders.view(s, n)
  local buffer = socket.bytearray(twice)
  in_pieces(n, function(place, size)
    place = place % PERIOD
    s:sendall(buffer:view(place + 1, place + size))
    return size
  end)
end

function senders.sendmsg(s, n)
  in_pieces(n, function(place, size)
    local buffers, from = {}, place
    while from < place + size do
      local piece = text(from, math.min(math.random(9000), place + size - from))
      buffers[#buffers + 1] = #buffers % 2 == 0 and piece or socket.bytearray(piece)
      from = from + #piece
    end
    return s:sendmsg(buffers)
  end)
end

function senders.write(s, n)
  local f <close> = s:makefile("wb", math.random(2, 70000))
  in_pieces(n, function(place, size)
    f:write(text(place, size))
    return size
  end)
  f:flush()
end

function senders.sendfile(s, n)
  local f <close> = assert(io.tmpfile())
  f:setvbuf("full")
  f:write(twice)
  f:flush()
  in_pieces(n, function(place, size) return s:sendfile(f, place % PERIOD, size) end)
end

-- Ways to receive: each gives piece after piece, "" at the end.

local receivers = {}

function receivers.recv(s)
  return function(most) return s:recv(most) end
end

function receivers.recvfrom(s)
  return function(most) return (s:recvfrom(most)) end
end

function receivers.recv_into(s)
  local buffer = socket.bytearray(MOST + 10)
  return function(most)
    local n = s:recv_into(buffer:view(5, 4 + most))
    return buffer:sub(5, 4 + n)
  end
end

function receivers.recvfrom_into(s)
  local buffer = socket.bytearray(MOST)
  return function(most) return buffer:sub(1, (s:recvfrom_into(buffer, most))) end
end

function receivers.recvmsg(s)
  return function(most) return (s:recvmsg(most, 64)) end
end

function receivers.recvmsg_into(s)
  local one, two, three = socket.bytearray(7), socket.bytearray(1000), socket.bytearray(MOST)
  return function()
    local n = s:recvmsg_into({one, two, three}, 64)
    return (tostring(one) .. tostring(two) .. three:sub(1, math.max(0, n - 1007))):sub(1, n)
  end
end

local function file_receiver(read, mode)
  return function(s)
    local f = s:makefile(mode or "rb")
    return function(most)
      local piece = read(f, most)
      if not piece or piece == "" then f:close() end
      return piece or ""
    end
  end
end

receivers.read = file_receiver(function(f, most) return f:read(most) end)
receivers.read1 = file_receiver(function(f, most) return f:read1(most) end)
receivers.lines = file_receiver(function(f) return f:read("L") end)
receivers.readline = file_receiver(function(f, most) return f:readline(most) end)

local shared = socket.bytearray(MOST)
receivers.readinto = file_receiver(function(f, most) return shared:sub(1, f:readinto(shared:view(1, most))) end)

local function receive(name, s, n)
  local next_piece, place = receivers[name](s), 0
  while true do
    local piece = next_piece(size_of_piece(MOST))
    if piece == "" then break end
    for from = 0, #piece - 1, PERIOD do
      local part = piece:sub(from + 1, from + PERIOD)
      if part ~= text(place + from, #part) then error(("%s: wrong bytes after %d"):format(name, place)) end
    end
    place = place + #piece
  end
  if place ~= n then error(("%s: %d bytes instead of %d"):format(name, place, n)) end
end

-- Two tasks, two processes.

local function names(t)
  local list = {}
  for name in pairs(t) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local combinations = {}
for _, s in ipairs(names(senders)) do
  for _, r in ipairs(names(receivers)) do combinations[#combinations + 1] = {s, r} end
end

local function start_rain(blocks)
  if not library then return end
  assert(package.loadlib(library, "rain"))(seed, 50, blocks, 300)
end

if role == "send" then
  local address = {"127.0.0.1", tonumber(host_port)}
  for i, c in ipairs(combinations) do
    local s <close> = socket.create_connection(address, i % 2 == 0 and PATIENCE or nil)
    start_rain(50)
    senders[c[1]](s, tonumber(count_of_each))
  end
  os.exit(0, true)
end

local each = total // (2 * #combinations)
local checked = 0

local function tasks(i, c)
  loop.run(function()
    local a, b = socket.socketpair()
    if i % 2 == 0 then
      local server <close> = socket.create_server({"127.0.0.1", 0})
      a, b = socket.create_connection(server:getsockname()), (server:accept())
    end
    local sending = loop.spawn(function()
      local _ <close> = a
      senders[c[1]](a, each)
    end)
    local receiving = loop.spawn(function()
      local _ <close> = b
      receive(c[2], b, each)
    end)
    sending:join()
    receiving:join()
  end)
  checked = checked + each
end

start_rain(0)
for i, c in ipairs(combinations) do tasks(i, c) end

local server = socket.create_server({"127.0.0.1", 0})
server:settimeout(PATIENCE)
start_rain(50)
local interpreter = arg[-1]
local child = assert(io.popen(("exec %s %s 0 %d '%s' send %d %d"):format(interpreter, arg[0], seed + 1, library or "",
  server:getsockname().port, each)))
for i, c in ipairs(combinations) do
  local s <close> = server:accept()
  s:settimeout(i % 2 == 1 and PATIENCE or nil)
  receive(c[2], s, each)
  checked = checked + each
end
assert(child:close())
local faults = library and assert(package.loadlib(library, "injected"))() or 0
print(("%d bytes right in %d combinations, %d faults in this process"):format(checked, 2 * #combinations, faults))
