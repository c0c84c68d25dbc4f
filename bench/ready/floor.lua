local floor = require "floor"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = floor.socket()
s:connect({ "127.0.0.1", port })
for _ = 1, count do assert(#s:recv(64) == 64) end
s:close()
