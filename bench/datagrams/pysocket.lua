local socket = require "pysocket"

local count = tonumber(arg[2])

local BATCH <const> = 32
local s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s:bind({ "127.0.0.1", 0 })
local peer = s:getsockname()
local data, messages = ("x"):rep(64), {}
for i = 1, BATCH do messages[i] = { data, peer } end
for _ = 1, count, BATCH do
  assert(s:sendmmsg(messages) == BATCH)
  local left = BATCH
  while left > 0 do left = left - #s:recvmmsg(left, 64) end
end
s:close()
