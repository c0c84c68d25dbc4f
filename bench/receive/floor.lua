local floor = require "floor"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = floor.socket()
s:connect({ "127.0.0.1", port })
local got = 0
while true do
  local data = s:recv(65536)
  if data == "" then break end
  got = got + #data
end
assert(got == count * 65536)
s:close()
