local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])

-- it has no such call: a turn of its loop
local s = uv.new_tcp()
s:connect("127.0.0.1", port, function()
  s:read_start(function() error("nothing is to come") end)
end)
for _ = 1, count do uv.run("nowait") end
s:close()
uv.run()
