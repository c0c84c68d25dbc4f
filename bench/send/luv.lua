local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local piece <const> = ("x"):rep(65536)

local s = uv.new_tcp()
s:connect("127.0.0.1", port, function()
  local left = count
  local function give()
    if left == 0 then return s:close() end
    left = left - 1
    s:write(piece, give)
  end
  give()
end)
uv.run()
