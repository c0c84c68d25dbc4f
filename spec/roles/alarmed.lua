-- alarmed LIBRARY CALL [HOST PORT]: runs CALL with a timeout of half a second while signals rain.
-- Prints "timeout" or what else it raised, "done" for nothing, and the seconds it took.

local library, call, host, port = ...
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
local client = socket.socket()
local selector = selectors.DefaultSelector()
selector:register(a, selectors.EVENT_READ)
for _, s in ipairs({a, b, server, client}) do s:settimeout(0.5) end

local calls = {
  accept = function() server:accept() end,
  recv = function() a:recv(1) end,
  sendall = function() a:sendall(long) end,
  connect = function() client:connect({host, tonumber(port)}) end,
  sendfile = function() a:sendfile(file) end,
  read = function() a:makefile("r"):read("l") end,
  write = function() a:makefile("w"):write(long) end,
  select = function() assert(#select.select({a}, {}, {}, 0.5) == 0) end,
  selector = function() assert(#selector:select(0.5) == 0) end,
  task = function() loop.run(function() a:recv(1) end) end,
  getaddrinfo = function() socket.getaddrinfo(host, 80, {timeout = 0.5}) end,
  create_connection = function() socket.create_connection({host, tonumber(port)}, 0.5) end,
}

assert(package.loadlib(library, "*"))
local start = socket.monotonic()
local ok, err = pcall(calls[call])
local took = socket.monotonic() - start
print(ok and "done" or socket.isinstance(err, socket.timeout) and "timeout" or err)
print(took)
