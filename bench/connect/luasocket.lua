local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

for _ = 1, count do
  local s = socket.tcp4()
  assert(s:connect("127.0.0.1", port))
  s:close()
end
