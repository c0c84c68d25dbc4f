local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = assert(socket.connect("127.0.0.1", port))
local list = { s }
for i = 2, 100 do
  list[i] = assert(socket.udp())
  assert(list[i]:setsockname("127.0.0.1", 0))
end
local _, ready = list[100]:getsockname()
assert(list[2]:sendto("ready", "127.0.0.1", ready))
for _ = 1, count do assert(#socket.select(list, nil, 1) == 1) end
s:close()
