local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s <close> = socket.create_connection({"127.0.0.1", port})
local f <close> = s:makefile("rb")
for _ = 1, count // 16 do assert(#f:read(1 << 20) == 1 << 20) end
