local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local BATCH <const> = 32
local s = assert(socket.udp4())
local data = ("x"):rep(64)
for _ = 1, count, BATCH do
  for _ = 1, BATCH do assert(s:sendto(data, "127.0.0.1", port)) end
  for _ = 1, BATCH do assert(s:receivefrom(64)) end
end
s:close()
