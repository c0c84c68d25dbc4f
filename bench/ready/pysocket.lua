local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = socket.create_connection({ "127.0.0.1", port })
s:settimeout(5)
for _ = 1, count do assert(#s:recv(64) == 64) end
s:close()
