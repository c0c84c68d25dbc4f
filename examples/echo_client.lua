-- Sends a text to an echo server, over TCP on IPv4, and prints what comes back.
-- ./dev run examples/echo_client.lua host port [text]

local socket = require "pysocket"

local host = arg[1]
local port = assert(tonumber(arg[2]), "usage: echo_client.lua host port [text]")
local text = arg[3] or "Hello, socket!"

local s <close> = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s:connect({host, port})
s:sendall(text)
s:shutdown(socket.SHUT_WR) -- no more from us: the server sees the end of the stream

local received = {}
repeat
  local data = s:recv(4096) -- what is there, perhaps only a part
  table.insert(received, data)
until data == ""
print("received: " .. table.concat(received))
