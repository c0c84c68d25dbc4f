local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local request <const> = ("x"):rep(64)

local controller = cqueues.new()
controller:wrap(function()
  local s = socket.connect("127.0.0.1", port)
  s:setmode("bn", "bn")
  for _ = 1, count do
    s:write(request)
    assert(#s:read(64) == 64)
  end
  s:close()
end)
assert(controller:loop())
