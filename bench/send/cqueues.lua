local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local piece <const> = ("x"):rep(65536)

local controller = cqueues.new()
controller:wrap(function()
  local s = socket.connect("127.0.0.1", port)
  s:setmode("bn", "bn")
  for _ = 1, count do assert(s:write(piece)) end
  s:close()
end)
assert(controller:loop())
