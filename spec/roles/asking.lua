-- asking PORT COUNT [luasocket]: so many requests of a byte, each of which is answered by one: under a timeout, or without one by
-- LuaSocket's interface.

local socket = require "pysocket"

local port, count, interface = ...
if interface then
  local s = assert(require("pysocket.luasocket").connect("127.0.0.1", tonumber(port)))
  for _ = 1, tonumber(count) do
    assert(s:send("?"))
    assert(s:receive(1) == "!")
  end
  return
end
local s = socket.create_connection({"127.0.0.1", tonumber(port)}, 30)
for _ = 1, tonumber(count) do
  s:sendall("?")
  assert(s:recv(10) == "!")
end
