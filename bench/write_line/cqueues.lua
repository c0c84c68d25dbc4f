local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local controller = cqueues.new()
controller:wrap(function()
  local s = socket.connect("127.0.0.1", port)
  s:setmode("bf", "bf")
  for i = 1, count do
    s:write("a line of thirty-nine letters and a fee\n")
    if i % 1000 == 0 then s:flush() end
  end
  s:close()
end)
assert(controller:loop())
