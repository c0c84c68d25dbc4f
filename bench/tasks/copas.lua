local copas = require "copas"
local socket = require "socket"

local port, size = tonumber(arg[1]), tonumber(arg[3])

local left = size
copas.addserver(assert(socket.bind("127.0.0.1", port, 4096)), function(conn)
  while true do
    local data = copas.receive(conn, 64)
    if not data then break end
    copas.send(conn, data)
  end
  conn:close()
  left = left - 1
end)
while left > 0 do copas.step() end
