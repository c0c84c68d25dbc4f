local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local request <const> = ("x"):rep(64)

local s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
local address <const> = { "127.0.0.1", port }
for _ = 1, count do
  s:sendto(request, address)
  local data, sender = s:recvfrom(64)
  assert(#data == 64 and sender[2] == port)
end
s:close()
