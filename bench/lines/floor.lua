local floor = require "floor"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = floor.socket()
s:connect({ "127.0.0.1", port })
local got, bytes = 0, 0
for line in s:lines() do
  got = got + 1
  bytes = bytes + #line
end
assert(got == count and bytes == count * 39)
s:close()
