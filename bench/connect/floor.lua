local floor = require "floor"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local address <const> = { "127.0.0.1", port }
for _ = 1, count do
  local s = floor.socket()
  s:connect(address)
  s:close()
end
