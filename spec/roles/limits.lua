-- limits CASE: runs with 40 descriptors at most. Makes the case fail with room for none, for one, ... until it succeeds; prints
-- the errors, one a line, then "ok", or what went wrong.

local case = ...
local loop = require "pysocket.loop"
local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

local LOOPBACK <const> = "127.0.0.1"

local listener = socket.create_server({LOOPBACK, 0})
listener:settimeout(10)
local address = listener:getsockname()
local a, b = socket.socketpair()
a:settimeout(10)
b:settimeout(10)
local e = select.epoll() -- the collector is to have loaded what it needs

local function drain()
  listener:settimeout(0)
  while true do
    local ok, conn = pcall(listener.accept, listener)
    if not ok then break end
    conn:close()
  end
  listener:settimeout(10)
end

-- Each makes descriptors and returns what has to be closed; or, in a table, descriptors.
local cases = {
  socket = function() return socket.socket() end,
  socketpair = function() return socket.socketpair() end,
  fromfd = function() return socket.fromfd(a:fileno(), a.family, a.type) end,
  dup = function() return {socket.dup(a:fileno())} end,
  ["socket:dup"] = function() return a:dup() end,
  accept = function() return (listener:accept()) end,
  create_connection = function() return socket.create_connection(address, 10) end,
  ["create_connection to a name"] = function()
    return socket.create_connection({"localhost", address.port}, 10)
  end,
  create_server = function() return socket.create_server({LOOPBACK, 0}) end,
  epoll = function() return select.epoll() end,
  EpollSelector = function() return selectors.EpollSelector() end,
  ["loop.new"] = function() return loop.new() end,
  getaddrinfo = function() socket.getaddrinfo("localhost", 80) end,
  gethostbyaddr = function() socket.gethostbyaddr(LOOPBACK) end,
  ["connect to a name"] = function()
    local s <close> = socket.socket()
    s:connect({"localhost", address.port})
  end,
  ["select in a task"] = function()
    loop.run(function()
      a:send("x")
      local r = loop.spawn(function() return select.select({b}) end):join()
      assert(r[1] == b and b:recv(1) == "x")
    end)
  end,
  recv_fds = function()
    assert(socket.send_fds(a, {"x"}, {a:fileno(), a:fileno()}) == 1)
    local data, fds, flags = socket.recv_fds(b, 1, 2)
    assert(data == "x")
    if #fds == 2 then return fds end
    for _, fd in ipairs(fds) do socket.close(fd) end
    assert(flags & socket.MSG_CTRUNC ~= 0)
    error("truncated", 0)
  end,
}

local function discard(...)
  for _, made in ipairs({...}) do
    if getmetatable(made) == nil and type(made) == "table" then
      for _, fd in ipairs(made) do socket.close(fd) end
    else
      made:close()
    end
  end
end

local pending = {} -- a client in the backlog
if case == "accept" then pending.client = socket.create_connection(address) end
cases[case == "accept" and "dup" or case]() -- what is loaded once is loaded
drain()
if case == "accept" then
  pending.client:close()
  pending.client = socket.create_connection(address)
end
collectgarbage()
collectgarbage()

local fillers = {}
while true do
  local ok, s = pcall(socket.dup, a:fileno())
  if not ok then break end
  fillers[#fillers + 1] = s
end

local function name_of(err)
  return socket.isinstance(err, socket.error) and err.name or tostring(err)
end

-- How many descriptors there are; to look into /proc would take one.
local everything = select.poll()
for fd = 0, 39 do everything:register(fd, select.POLLIN) end

local function count()
  local n = 40
  for _, item in ipairs(everything:poll(0)) do
    if item[2] & select.POLLNVAL ~= 0 then n = n - 1 end
  end
  return n
end

-- Lookups that nobody waits for any more end soon.
local function settle(wanted)
  local limit = socket.monotonic() + 5
  repeat
    drain()
    collectgarbage()
    collectgarbage()
    local now = count()
    if now == wanted then return end
    if socket.monotonic() > limit then error(("%d descriptors instead of %d"):format(now, wanted)) end
  until false
end

local full = count()
for room = 0, 9 do
  for _ = 1, room do socket.close(table.remove(fillers)) end
  local results = table.pack(pcall(cases[case]))
  if results[1] then discard(table.unpack(results, 2, results.n)) else print(name_of(results[2])) end
  settle(full - room)
  if results[1] then
    print("ok")
    break
  end
  for _ = 1, room do fillers[#fillers + 1] = socket.dup(a:fileno()) end
end
assert(e)
