-- blocked CALL [HOST PORT]: prints "ready", then waits in CALL for what never comes.
-- A second word "coroutine" after CALL's name, as in "recv/coroutine": inside a coroutine.

local call, host, port = ...
local loop = require "pysocket.loop"
local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

local long <const> = ("x"):rep(1 << 24)
local file = io.tmpfile()
file:write(long)
file:flush()
local a, b = socket.socketpair()
local server = socket.create_server({"127.0.0.1", 0})
local poll, selector = select.poll(), selectors.DefaultSelector()
poll:register(a, select.POLLIN)
selector:register(a, selectors.EVENT_READ)
local client = socket.socket()

local calls = {
  accept = function() server:accept() end,
  recv = function() a:recv(1) end,
  sendall = function() a:sendall(long) end,
  connect = function() client:connect({host, tonumber(port)}) end,
  sendfile = function() a:sendfile(file) end,
  read = function() a:makefile("r"):read("l") end,
  write = function() a:makefile("w"):write(long) end,
  poll = function() poll:poll() end,
  select = function() select.select({a}, {}, {}) end,
  selector = function() selector:select() end,
  task = function() loop.run(function() a:recv(1) end) end,
  getaddrinfo = function() socket.getaddrinfo(host, 80) end,
  create_connection = function() socket.create_connection({host, 80}) end,
}

local name, inside = call:match("^([%w_]+)/?(%w*)$")
local f = calls[name]
if inside == "coroutine" then f = coroutine.wrap(f) end
print("ready")
io.stdout:flush()
f()
print("done", b)
