local floor = require "floor"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = floor.socket()
s:connect({ "127.0.0.1", port })
local buffer = floor.buffer(65536)
local got = 0
while true do
  local n = s:recv_into(buffer)
  if n == 0 then break end
  got = got + n
end
assert(got == count * 65536)
s:close()
