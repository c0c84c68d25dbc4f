local uv = require "luv"

local port, size = tonumber(arg[1]), tonumber(arg[3])

-- callbacks: it has no tasks
local server = uv.new_tcp()
assert(server:bind("127.0.0.1", port))
local left = size
server:listen(4096, function()
  local conn = uv.new_tcp()
  server:accept(conn)
  conn:read_start(function(_, data)
    if data then return conn:write(data) end
    conn:close()
    left = left - 1
    if left == 0 then server:close() end
  end)
end)
uv.run()
