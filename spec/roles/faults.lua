-- faults LIBRARY CASE CALL ERRNO FIRST: the case runs while the FIRST-th system call CALL fails with ERRNO. Prints what
-- came of it, then what comes of the next, without a failure, and by how many the descriptors have become more.

local library, case, call, code, first, silent_port = ...
local loop = require "pysocket.loop"
local machine = require "spec.machine"
local select = require "pysocket.select"
local socket = require "pysocket"

local fault = assert(package.loadlib(library, "fault"))
local rain = assert(package.loadlib(library, "rain"))
local LOOPBACK <const> = "127.0.0.1"
assert(rain)

local function patient(s)
  s:settimeout(10)
  return s
end

local a, b = socket.socketpair()
patient(a)
patient(b)
local listener = patient(socket.create_server({LOOPBACK, 0}))
local address = listener:getsockname()
local blocking, other = socket.socketpair()
local udp = patient(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
udp:bind({LOOPBACK, 0})
local path = os.tmpname()
local file = assert(io.open(path, "w+b"))
os.remove(path)
file:write("hello"):flush()
local set = select.epoll()
set:register(a, select.EPOLLOUT)

local function sent(n) return function() return b:recv(100), n end end

-- Each gives a text.
local cases = {
  recv = function()
    b:send("x")
    return a:recv(10)
  end,
  ["recv blocking"] = function()
    other:send("x")
    return blocking:recv(10)
  end,
  recv_into = function()
    b:send("x")
    return a:recv_into(socket.bytearray(5))
  end,
  recvfrom = function()
    udp:sendto("x", udp:getsockname())
    return (udp:recvfrom(10))
  end,
  ["recvfrom of a stream"] = function()
    b:send("x")
    return (a:recvfrom(10))
  end,
  recvmsg = function()
    b:send("x")
    return (a:recvmsg(10, 100))
  end,
  recv_fds = function()
    socket.send_fds(b, {"x"}, {0})
    local data, fds = socket.recv_fds(a, 10, 1)
    for _, fd in ipairs(fds) do socket.close(fd) end
    return data
  end,
  readline = function()
    b:send("one\n")
    local f <close> = a:makefile("rb")
    return f:read("l")
  end,
  send = function() return a:send("hello") .. b:recv(10) end,
  sendall = function()
    a:sendall("hello")
    return b:recv(10)
  end,
  sendto = function() return udp:sendto("x", udp:getsockname()) .. udp:recv(10) end,
  sendmsg = function() return a:sendmsg({"he", "llo"}) .. b:recv(10) end,
  sendfile = function() return a:sendfile(file) .. b:recv(10) end,
  write = function()
    local f <close> = a:makefile("wb")
    f:write("hello"):flush()
    return b:recv(10)
  end,
  accept = function()
    local client <close> = socket.create_connection(address)
    local conn <close> = listener:accept()
    return conn:getpeername() == client:getsockname() and "accepted"
  end,
  connect = function()
    local s <close> = patient(socket.socket())
    s:connect(address)
    listener:accept():close()
    return "connected"
  end,
  ["connect blocking"] = function()
    local s <close> = socket.socket()
    s:connect(address)
    listener:accept():close()
    return "connected"
  end,
  ["connect non-blocking"] = function()
    local s <close> = socket.socket()
    s:settimeout(0)
    local ok, err = pcall(s.connect, s, address)
    if not ok and not (socket.isinstance(err, socket.BlockingIOError) and err.name == "EINPROGRESS") then error(err, 0) end
    listener:accept():close()
    return "connected"
  end,
  silence = function()
    local s <close> = socket.socket()
    s:settimeout(0)
    s:connect({LOOPBACK, tonumber(silent_port)})
  end,
  create_connection = function()
    local s <close> = socket.create_connection({"localhost", address.port}, 10)
    listener:accept():close()
    return s:getpeername().port == address.port and "connected"
  end,
  poll = function()
    local p = select.poll()
    p:register(a, select.POLLOUT)
    return #p:poll(10000)
  end,
  select = function() return #_G.select(2, select.select({}, {a}, {}, 10)) end,
  epoll = function() return #set:poll(10) end,
  wait = function() -- for what comes while it waits
    return loop.run(function()
      local t = loop.spawn(function() return a:recv(10) end)
      loop.sleep(0)
      b:send("x")
      return t:join()
    end)
  end,
  ["wait in place"] = function()
    a:settimeout(0.02)
    local ok, err = pcall(a.recv, a, 1)
    a:settimeout(10)
    if ok or not socket.isinstance(err, socket.timeout) then error(err, 0) end
    return "timed out"
  end,
  socket = function() return socket.socket():close() or "made" end,
  socketpair = function()
    local x, y = socket.socketpair()
    x:close()
    y:close()
    return "made"
  end,
  fromfd = function()
    local _ <close> = socket.fromfd(a:fileno(), a.family, a.type)
    return "made"
  end,
  ["fromfd with a timeout"] = function()
    socket.setdefaulttimeout(1)
    local ok, err = pcall(socket.fromfd, blocking:fileno(), a.family, a.type)
    socket.setdefaulttimeout(nil)
    if not ok then error(err, 0) end
    err:close()
    blocking:settimeout(nil)
    return "made"
  end,
  dup = function() return a:dup():close() or "made" end,
  settimeout = function()
    local s <close> = socket.socket()
    s:settimeout(1)
    return "set"
  end,
  server = function() return socket.create_server({LOOPBACK, 0}):close() or "made" end,
  loop = function() return loop.new():close() or "made" end,
  lookup = function() return socket.gethostbyname("localhost") end,
  close = function()
    local x, y = socket.socketpair()
    y:close()
    x:close()
    return "closed"
  end,
}

local function describe(ok, result)
  if ok then return tostring(result) end
  if not socket.isinstance(result, socket.error) then return tostring(result) end
  return ("%s %s"):format(getmetatable(result).__name, result.name)
end

local run = cases[case]
local threads = machine.status("Threads") -- an emulator has one more
-- files that are opened once, and the state's own descriptor for lookups, unless that is what fails
if case:find("lookup") and call ~= "eventfd" or case == "create_connection" then run() end
while machine.status("Threads") ~= threads do end -- one that has not ended yet would take the next lookup
collectgarbage()
local before = #machine.descriptors() + (call == "eventfd" and 1 or 0)
fault(call, tonumber(code), tonumber(first or 1), 1)
print(describe(pcall(run)))
fault(call, 0, 0, 0)
while pcall(function() -- what the failure left unread
  b:settimeout(0)
  a:settimeout(0)
  if not pcall(b.recv, b, 100) then a:recv(100) end
end) do end
listener:settimeout(0)
pcall(function() listener:accept():close() end)
for _, s in ipairs({a, b, listener}) do s:settimeout(10) end
print(describe(pcall(run)))
collectgarbage()
collectgarbage()
local limit = socket.monotonic() + 10
while #machine.descriptors() > before and socket.monotonic() < limit do collectgarbage() end -- lookups on their way
print(#machine.descriptors() - before)
assert(sent and os.remove)
