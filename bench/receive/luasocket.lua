local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = assert(socket.connect("127.0.0.1", port))
local got = 0
while true do
  local data, _, rest = s:receive(65536)
  got = got + #(data or rest)
  if not data then break end
end
assert(got == count * 65536)
s:close()
