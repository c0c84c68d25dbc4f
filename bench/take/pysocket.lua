local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = socket.create_connection({ "127.0.0.1", port })
local file = s:makefile("rb")
for _ = 1, 4 * count do assert(#file:read(10) == 10) end
s:close()
