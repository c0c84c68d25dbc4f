local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local controller = cqueues.new()
controller:wrap(function()
  for _ = 1, count do
    local s = socket.connect("127.0.0.1", port)
    assert(s:connect())
    s:close()
  end
end)
assert(controller:loop())
