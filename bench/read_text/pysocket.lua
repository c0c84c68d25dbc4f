local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local f = socket.create_connection({ "127.0.0.1", port }):makefile("r")
local got, bytes = 0, 0
while true do
  local line = f:read("l")
  if not line then break end
  got = got + 1
  bytes = bytes + #line
end
assert(got == count and bytes == count * 39)
f:close()
