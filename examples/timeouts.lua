-- Errors of sockets, and the ways to handle them. Needs no server.
-- ./dev run examples/timeouts.lua

local socket = require "pysocket"

-- A failure raises an error object with a class, an errno and the call. Classes have base classes.
local closed <close> = socket.socket()
closed:bind({"127.0.0.1", 0}) -- without listen: connections are refused
local ok, err = pcall(socket.create_connection, closed:getsockname())
print("raised", ok, err.name, err.call, err.strerror)
print("is a", socket.isinstance(err, socket.ConnectionRefusedError),
  socket.isinstance(err, socket.ConnectionError), socket.isinstance(err, socket.gaierror))

-- protect makes a function return nil and the error, which is usual in Lua.
local getaddrinfo = socket.protect(socket.getaddrinfo)
local infos, problem = getaddrinfo("not a number", 80, {flags = socket.AI_NUMERICHOST})
print("returned", infos, problem.name, socket.isinstance(problem, socket.gaierror))

-- It returns errors of this library only. A wrong argument is a mistake in the program, and raises.
print("passes", pcall(socket.protect(closed.bind), closed, {"127.0.0.1", 65536}))

-- A timeout limits one call. Data that arrives later is not lost.
local a <close>, b = socket.socketpair()
local recv = socket.protect(a.recv)
a:settimeout(0.05)
local data, late = recv(a, 100)
print("too late", data, socket.isinstance(late, socket.timeout))
b:sendall("here I am")
print("in time", recv(a, 100))

-- With a timeout of 0, calls never wait.
a:setblocking(false)
local none, busy = recv(a, 100)
print("not now", none, socket.isinstance(busy, socket.BlockingIOError), a:gettimeout())

-- The end of the stream is no error: recv returns "". Writing after it is an error, but no signal.
b:close()
print("the end", #a:recv(100), select(2, pcall(a.sendall, a, "anybody there?")).name)

-- The timeout of new sockets.
socket.setdefaulttimeout(2.5)
local s <close> = socket.socket()
print("default", s:gettimeout())
