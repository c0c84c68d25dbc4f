local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = assert(socket.connect("127.0.0.1", port))
for _ = 1, count // 16 do assert(#s:receive(1 << 20) == 1 << 20) end
s:close()
