local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local request <const> = ("x"):rep(64)

local s = assert(socket.connect("127.0.0.1", port))
for _ = 1, count do
  s:send(request)
  assert(#s:receive(64) == 64)
end
s:close()
