local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local controller = cqueues.new()
controller:wrap(function()
  local s = socket.connect("127.0.0.1", port)
  s:setmode("bf", "bf")
  local got, bytes = 0, 0
  while true do
    local line = s:read("*l")
    if not line then break end
    got = got + 1
    bytes = bytes + #line
  end
  assert(got == count and bytes == count * 39)
  s:close()
end)
assert(controller:loop())
