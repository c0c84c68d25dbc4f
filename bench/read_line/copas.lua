local copas = require "copas"
local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local ended = false
copas.addthread(function()
  local s = assert(socket.tcp())
  assert(copas.connect(s, "127.0.0.1", port))
  local got, bytes = 0, 0
  while true do
    local line = copas.receive(s, "*l")
    if not line then break end
    got = got + 1
    bytes = bytes + #line
  end
  assert(got == count and bytes == count * 39)
  s:close()
  ended = true
end)
while not ended do copas.step() end
