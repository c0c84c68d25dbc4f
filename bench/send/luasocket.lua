local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local piece <const> = ("x"):rep(65536)

local s = assert(socket.connect("127.0.0.1", port))
for _ = 1, count do assert(s:send(piece) == #piece) end
s:close()
