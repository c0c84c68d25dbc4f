-- shared_flag CALL: prints how CALL ends when somebody else has made its socket's open file a blocking one: under
-- a timeout, in non-blocking mode, and in two tasks of which one alone is served at first. A call that blocks in
-- the kernel prints nothing more.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local shared = {} -- an adopted descriptor that is closed would get O_NONBLOCK back

-- What another process does to a descriptor that it shares.
local function make_blocking(s)
  local other = socket.socket{fileno = socket.dup(s:fileno())}
  other:settimeout(nil)
  table.insert(shared, other)
end

-- Ways to begin: each gives a socket, and a function that lets one call on it go on.

local function receiver(family, type)
  local a, b = socket.socketpair(family, type)
  return a, function() b:send("x") end
end

local function stream() return receiver(socket.AF_UNIX, socket.SOCK_STREAM) end

local function full()
  local a, b = socket.socketpair()
  a:setblocking(false)
  while pcall(a.send, a, ("x"):rep(1000)) do end
  return a, function()
    b:setblocking(false)
    while pcall(b.recv, b, 1 << 16) do end
  end
end

local function listener()
  local server = socket.create_server({"127.0.0.1", 0})
  return server, function() table.insert(shared, socket.create_connection(server:getsockname())) end
end

local function unconnected()
  local server = socket.socket(socket.AF_UNIX)
  server:bind("") -- the system finds a name
  local path = server:getsockname()
  server:listen(0)
  local first, s = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
  first:connect(path) -- fills the backlog
  return s, function() table.insert(shared, (server:accept())) end, path
end

local file = io.tmpfile()
file:write("x")

local bytes = socket.bytearray(1)
local ways = {
  recv = {stream, function(s) s:recv(1) end},
  recv_into = {stream, function(s) s:recv_into(bytes) end},
  recvfrom = {stream, function(s) s:recvfrom(1) end},
  recvfrom_into = {stream, function(s) s:recvfrom_into(bytes) end},
  recvmsg = {stream, function(s) s:recvmsg(1) end},
  recvmsg_into = {stream, function(s) s:recvmsg_into({bytes}) end},
  recv_fds = {stream, function(s) socket.recv_fds(s, 1, 1) end},
  send = {full, function(s) s:send("x") end},
  sendall = {full, function(s) s:sendall("x") end},
  sendmsg = {full, function(s) s:sendmsg({"x"}) end},
  sendfile = {full, function(s) s:sendfile(file) end},
  accept = {listener, function(s) s:accept() end},
  connect = {unconnected, function(s, path) s:connect(path) end},
  file = {stream, function(s) assert(s:makefile("rb", 0):read(1)) end},
}

local begin, call = table.unpack(ways[...])

local function class_of(err)
  return socket.isinstance(err, socket.timeout) and "timeout" or err.name
end

local function outcome(timeout)
  local s, _, address = begin()
  s:settimeout(timeout)
  make_blocking(s)
  local ok, err = pcall(call, s, address)
  return ok and "done" or class_of(err)
end

print("timeout", outcome(0.01))
io.stdout:flush()
if ... ~= "sendfile" then -- which refuses that mode
  print("non-blocking", outcome(0))
  io.stdout:flush()
end
loop.run(function()
  local s, go_on, address = begin()
  local ended, one_ended = socket.socketpair()
  s:settimeout(nil)
  for _ = 1, 2 do
    loop.spawn(function()
      local ok = pcall(call, s, address)
      ended:send(ok and "done" or "fail")
    end)
  end
  loop.sleep(0)
  make_blocking(s)
  for _ = 1, 2 do
    go_on()
    print("task", one_ended:recv(4))
  end
end)
