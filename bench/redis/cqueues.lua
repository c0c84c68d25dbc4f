local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local controller = cqueues.new()
controller:wrap(function()
  local s = socket.connect("127.0.0.1", port)
  s:setmode("tf", "bf")
  local got = 0
  while true do
    local head = s:read("*l")
    if not head then break end
    local words = {}
    for i = 1, tonumber(head:sub(2)) do
      local length = tonumber(s:read("*l"):sub(2))
      s:setmode("bf", "bf")
      words[i] = s:read(length + 2):sub(1, length)
      s:setmode("tf", "bf")
    end
    assert(words[2] == "user:123")
    got = got + 1
  end
  assert(got == count)
  s:close()
end)
assert(controller:loop())
