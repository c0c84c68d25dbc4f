local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local piece <const> = ("x"):rep(65536)

local s = socket.create_connection({ "127.0.0.1", port })
for _ = 1, count do s:sendall(piece) end
s:close()
