local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local f = socket.create_connection({ "127.0.0.1", port }):makefile("wb")
for i = 1, count do
  f:write("a line of thirty-nine letters and a fee\n")
  if i % 1000 == 0 then f:flush() end
end
f:close()
