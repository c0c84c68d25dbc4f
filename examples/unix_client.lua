-- Sends a text to unix_server.lua and prints what comes back.
-- ./dev run examples/unix_client.lua path [text]

local socket = require "pysocket"

local path = assert(arg[1], "usage: unix_client.lua path [text]")
local text = arg[2] or "Hello, socket!"

local s <close> = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s:connect(path)
s:sendall(text)
s:shutdown(socket.SHUT_WR)

local received = {}
repeat
  local data = s:recv(4096)
  table.insert(received, data)
until data == ""
print("received: " .. table.concat(received))
