local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local kept = {}
local controller = cqueues.new()
controller:wrap(function()
  for i = 1, count do
    kept[i] = socket.connect("127.0.0.1", port)
    assert(kept[i]:connect())
  end
end)
assert(controller:loop())
os.exit() -- at once: what it keeps counts, not what it takes to give that back
