local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = assert(socket.connect("127.0.0.1", port))
local got = 0
while true do
  local head = s:receive("*l")
  if not head then break end
  local words = {}
  for i = 1, tonumber(head:sub(2)) do
    local length = tonumber(s:receive("*l"):sub(2))
    words[i] = s:receive(length + 2):sub(1, length)
  end
  assert(words[2] == "user:123")
  got = got + 1
end
assert(got == count)
s:close()
