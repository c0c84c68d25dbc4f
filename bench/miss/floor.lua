local floor = require "floor"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = floor.socket()
s:connect({ "127.0.0.1", port })
s:setblocking(false)
for _ = 1, count do
  if s:recv(64) then error("nothing is to come") end
end
s:close()
