-- asking PORT COUNT: so many requests of a byte, each of which is answered by one, under a timeout.

local socket = require "pysocket"

local port, count = ...
local s = socket.create_connection({"127.0.0.1", tonumber(port)}, 30)
for _ = 1, tonumber(count) do
  s:sendall("?")
  assert(s:recv(10) == "!")
end
