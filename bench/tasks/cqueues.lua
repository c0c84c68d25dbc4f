local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, size = tonumber(arg[1]), tonumber(arg[3])

local function serve(conn)
  conn:setmode("bn", "bn")
  while true do
    local data = conn:read(-4096)
    if not data then break end
    conn:write(data)
  end
  conn:close()
end

local controller = cqueues.new()
controller:wrap(function()
  local server = socket.listen { host = "127.0.0.1", port = port, reuseaddr = true }
  for _ = 1, size do
    local conn = server:accept()
    controller:wrap(serve, conn)
  end
  server:close()
end)
assert(controller:loop())
