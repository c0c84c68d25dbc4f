-- unclosed_file CASE [PORT]: drops a file that holds what it was given to write.
local select = require "pysocket.select"
local socket = require "pysocket"

local case, port = ...
warn("@on")

-- Sends as much as the system takes: how many bytes.
local function fill(s)
  local sent, send = 0, socket.protect(s.send)
  repeat
    local n = send(s, ("x"):rep(65536))
    sent = sent + (n or 0)
  until not n
  return sent
end

if case == "end" then
  local s = socket.create_connection({ "127.0.0.1", tonumber(port) })
  s:makefile("w"):write("bye")
  s:close()
  return
end

local a, b = socket.socketpair()
if case == "full" then
  a:setblocking(false)
  while fill(a) > 0 do select.select({}, {}, {}, 0.1) end -- TCP takes more when it has passed on what it had
  a:setblocking(true)
end
a:makefile("wb"):write("abc")
collectgarbage()
collectgarbage()
print("collected")
a:close()
b:close()
