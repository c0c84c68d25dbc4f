local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local f = socket.create_connection({ "127.0.0.1", port }):makefile("r", { newline = "\r\n" })
local got = 0
while true do
  local head = f:read("l")
  if not head then break end
  local words = {}
  for i = 1, tonumber(head:sub(2)) do
    local length = tonumber(f:read("l"):sub(2))
    words[i] = f:read(length, "l")
  end
  assert(words[2] == "user:123")
  got = got + 1
end
assert(got == count)
f:close()
