-- unclosed_file CASE [PORT]: drops a file that holds what it was given to write.
local socket = require "pysocket"

local case, port = ...
warn("@on")

if case == "end" then
  local s = socket.create_connection({ "127.0.0.1", tonumber(port) })
  s:makefile("w"):write("bye")
  s:close()
  return
end

local a, b = socket.socketpair()
if case == "full" then
  a:setblocking(false)
  local send = socket.protect(a.send)
  repeat until not send(a, ("x"):rep(65536))
  a:setblocking(true)
end
a:makefile("wb"):write("abc")
collectgarbage()
collectgarbage()
print("collected")
a:close()
b:close()
