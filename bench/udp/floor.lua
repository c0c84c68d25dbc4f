local floor = require "floor"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local request <const> = ("x"):rep(64)
local SOCK_DGRAM <const> = 2

local s = floor.socket(SOCK_DGRAM)
local address <const> = { "127.0.0.1", port }
for _ = 1, count do
  s:sendto(request, address)
  local data, sender = s:recvfrom(64)
  assert(#data == 64 and sender[2] == port)
end
s:close()
