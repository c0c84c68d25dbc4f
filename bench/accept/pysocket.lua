local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local server = socket.create_server({ "127.0.0.1", port }, { backlog = 4096 })
for _ = 1, count do
  local s = server:accept()
  s:close()
end
server:close()
