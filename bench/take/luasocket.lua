local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = assert(socket.connect("127.0.0.1", port))
for _ = 1, 4 * count do assert(s:receive(10)) end
s:close()
