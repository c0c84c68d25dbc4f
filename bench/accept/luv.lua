local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local server = uv.new_tcp()
assert(server:bind("127.0.0.1", port))
local left = count
server:listen(4096, function()
  local s = uv.new_tcp()
  server:accept(s)
  s:close()
  left = left - 1
  if left == 0 then server:close() end
end)
if left == 0 then server:close() end
uv.run()
