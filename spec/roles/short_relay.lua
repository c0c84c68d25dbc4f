-- short_relay: a relay where no descriptor is left for a pipe. Prints what it returns, and what has arrived.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local near, a = socket.socketpair()
local far, b = socket.socketpair()
pcall(socket.relay, a, a) -- its files are loaded
near:sendall("0123456789abcdef")
near:shutdown(socket.SHUT_WR)
far:sendall("0123")
far:shutdown(socket.SHUT_WR)

loop.run(function()
  local fillers = {}
  repeat
    local ok, s = pcall(a.dup, a)
    fillers[#fillers + 1] = ok and s or nil
  until not ok
  print(socket.relay(a, b))
  print(far:recv(100), near:recv(100))
  for _, s in ipairs(fillers) do s:close() end
end)
