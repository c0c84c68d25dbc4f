-- blocked_tls CALL: prints "ready", then waits in CALL ("recv", "read") over TLS for what never comes. A second word "coroutine",
-- as in "recv/coroutine": inside a coroutine.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local for_client, for_server = require("torture.keys")()
local a, b = socket.socketpair()
local client, server
loop.run(function()
  local task = loop.spawn(function() return for_server:wrap_socket(b, true) end)
  client = for_client:wrap_socket(a)
  server = task:join()
end)

local calls = {
  recv = function() client:recv(1) end,
  read = function() client:makefile("r"):read("l") end,
}

local name, inside = arg[1]:match("^(%w+)/?(%w*)$")
local f = calls[name]
if inside == "coroutine" then f = coroutine.wrap(f) end
print("ready")
io.stdout:flush()
f()
print("done", server)
