local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local controller = cqueues.new()
controller:wrap(function()
  local server = socket.listen { host = "127.0.0.1", port = port, reuseaddr = true }
  server:listen()
  for _ = 1, count do
    local s = server:accept()
    s:close()
  end
  server:close()
end)
assert(controller:loop())
