local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = socket.create_connection({ "127.0.0.1", port })
s:setblocking(false)
for _ = 1, count do
  if pcall(s.recv, s, 64) then error("nothing is to come") end
end
s:close()
