local copas = require "copas"
local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

-- it has no buffer for that: gathered by hand
local ended = false
copas.addthread(function()
  local s = assert(socket.tcp())
  assert(copas.connect(s, "127.0.0.1", port))
  local lines, n = {}, 0
  for i = 1, count do
    n = n + 1
    lines[n] = "a line of thirty-nine letters and a fee\n"
    if i % 1000 == 0 then
      assert(copas.send(s, table.concat(lines, "", 1, n)))
      n = 0
    end
  end
  assert(n == 0 or copas.send(s, table.concat(lines, "", 1, n)))
  s:close()
  ended = true
end)
while not ended do copas.step() end
