local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local server = assert(socket.bind("127.0.0.1", port, 4096))
for _ = 1, count do
  local s = server:accept()
  s:close()
end
server:close()
