local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local request <const> = ("x"):rep(64)

local s = socket.udp()
for _ = 1, count do
  s:sendto(request, "127.0.0.1", port)
  local data, _, sender = s:receivefrom(64)
  assert(#data == 64 and sender == port)
end
s:close()
