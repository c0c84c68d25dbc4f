local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local request <const> = ("x"):rep(64)

local s = uv.new_udp()
s:bind("127.0.0.1", 0)
local left = count
local function ask()
  if left == 0 then return s:close() end
  left = left - 1
  s:send(request, "127.0.0.1", port, function() end)
end
s:recv_start(function(_, data, sender)
  if not data then return end
  assert(#data == 64 and sender.port == port)
  ask()
end)
ask()
uv.run()
