local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = socket.connect("127.0.0.1", port)
s:connect()
s:setmode("bn", "bn")
for _ = 1, count do
  if s:recv(-64) then error("nothing is to come") end
end
s:close()
