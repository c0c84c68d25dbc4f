local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local controller = cqueues.new()
controller:wrap(function()
  local s = socket.connect("127.0.0.1", port)
  s:setmode("bf", "bf")
  local got = 0
  while true do
    local data = s:read(-65536)
    if not data then break end
    got = got + #data
  end
  assert(got == count * 65536)
  s:close()
end)
assert(controller:loop())
