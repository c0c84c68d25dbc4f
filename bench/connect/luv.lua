local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local left = count
local function next_one()
  if left == 0 then return end
  left = left - 1
  local s = uv.new_tcp()
  s:connect("127.0.0.1", port, function(err)
    assert(not err)
    s:close(next_one)
  end)
end
next_one()
uv.run()
