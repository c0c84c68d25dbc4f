local floor = require "floor"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local server = floor.listen(port)
for _ = 1, count do
  local s = server:accept()
  s:close()
end
server:close()
