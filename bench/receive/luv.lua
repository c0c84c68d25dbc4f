local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = uv.new_tcp()
local got = 0
s:connect("127.0.0.1", port, function()
  s:read_start(function(_, data)
    if not data then return s:close() end
    got = got + #data
  end)
end)
uv.run()
assert(got == count * 65536)
