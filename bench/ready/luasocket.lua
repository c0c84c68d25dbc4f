local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = assert(socket.connect("127.0.0.1", port))
s:settimeout(5)
for _ = 1, count do assert(#s:receive(64) == 64) end
s:close()
