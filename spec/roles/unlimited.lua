-- Takes a socket's timeout away while a task sends with it; prints how many bytes another receives.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local data <const> = ("x"):rep(1 << 20)
local a, b = socket.socketpair()
local self = loop.new()
self:spawn(a.sendall, a, data)
self:step()
a:settimeout(nil)
self:spawn(function()
  local count = 0
  while count < #data do count = count + #b:recv(1 << 12) end
  print(count)
end)
self:run()
