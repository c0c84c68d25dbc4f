local socket = require "socket"

local count = tonumber(arg[2])

local BATCH <const> = 32
local s = assert(socket.udp4())
assert(s:setsockname("127.0.0.1", 0))
local _, port = s:getsockname()
local data = ("x"):rep(64)
for _ = 1, count, BATCH do
  for _ = 1, BATCH do assert(s:sendto(data, "127.0.0.1", port)) end
  for _ = 1, BATCH do assert(s:receivefrom(64)) end
end
s:close()
