local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local request <const> = ("x"):rep(64)

local s = uv.new_tcp()
s:connect("127.0.0.1", port, function()
  local left = count
  local function ask()
    if left == 0 then return s:close() end
    left = left - 1
    s:write(request)
  end
  s:read_start(function(_, data)
    assert(#data == 64)
    ask()
  end)
  ask()
end)
uv.run()
