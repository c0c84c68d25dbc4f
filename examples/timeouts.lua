-- What can go wrong with a socket, and the ways to deal with it. Needs no server.
-- ./dev run examples/timeouts.lua

local socket = require "pysocket"

-- A failure is raised: an object that knows its class, its errno and the call. Classes have bases.
local closed <close> = socket.socket()
closed:bind({"127.0.0.1", 0}) -- and no listen: nobody can connect
local ok, err = pcall(socket.create_connection, closed:getsockname())
print("raised", ok, err.name, err.call, err.strerror)
print("is a", socket.isinstance(err, socket.ConnectionRefusedError),
  socket.isinstance(err, socket.ConnectionError), socket.isinstance(err, socket.gaierror))

-- protect turns that into nil and the error: the usual way in Lua.
local getaddrinfo = socket.protect(socket.getaddrinfo)
local infos, problem = getaddrinfo("not a number", 80, {flags = socket.AI_NUMERICHOST})
print("returned", infos, problem.name, socket.isinstance(problem, socket.gaierror))

-- Only our errors, though. A wrong argument is a mistake in the program, and passes through.
print("passes", pcall(socket.protect(closed.bind), closed, {"127.0.0.1", 65536}))

-- A timeout is how long one call may take. What comes later is not lost.
local a <close>, b = socket.socketpair()
local recv = socket.protect(a.recv)
a:settimeout(0.05)
local data, late = recv(a, 100)
print("too late", data, socket.isinstance(late, socket.timeout))
b:sendall("here I am")
print("in time", recv(a, 100))

-- A timeout of 0 means never to wait.
a:setblocking(false)
local none, busy = recv(a, 100)
print("not now", none, socket.isinstance(busy, socket.BlockingIOError), a:gettimeout())

-- The peer's end is no error: recv gives the empty string. Writing to it is one, never a signal.
b:close()
print("the end", #a:recv(100), select(2, pcall(a.sendall, a, "anybody there?")).name)

-- The timeout of sockets that are yet to be made.
socket.setdefaulttimeout(2.5)
local s <close> = socket.socket()
print("default", s:gettimeout())
