local copas = require "copas"
local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local ended = false
copas.addthread(function()
  local s = assert(socket.tcp())
  assert(copas.connect(s, "127.0.0.1", port))
  local got = 0
  while true do
    local head = copas.receive(s, "*l")
    if not head then break end
    local words = {}
    for i = 1, tonumber(head:sub(2)) do
      local length = tonumber(copas.receive(s, "*l"):sub(2))
      words[i] = copas.receive(s, length + 2):sub(1, length)
    end
    assert(words[2] == "user:123")
    got = got + 1
  end
  assert(got == count)
  s:close()
  ended = true
end)
while not ended do copas.step() end
