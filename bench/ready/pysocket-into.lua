local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = socket.create_connection({ "127.0.0.1", port })
s:settimeout(5)
local buffer <const> = socket.bytearray(64)
for _ = 1, count do assert(s:recv_into(buffer) == 64) end
s:close()
