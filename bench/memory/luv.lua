local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local kept = {}
local function next_one()
  local i = #kept + 1
  if i > count then return end
  kept[i] = uv.new_tcp()
  kept[i]:connect("127.0.0.1", port, next_one)
end
next_one()
uv.run()
os.exit() -- at once: what it keeps counts, not what it takes to give that back
