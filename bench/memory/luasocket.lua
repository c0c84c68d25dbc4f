local socket = require "socket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local kept = {}
for i = 1, count do
  kept[i] = socket.tcp4()
  assert(kept[i]:connect("127.0.0.1", port))
end
os.exit() -- at once: what it keeps counts, not what it takes to give that back
