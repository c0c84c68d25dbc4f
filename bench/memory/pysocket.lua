local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local address <const>, kept = { "127.0.0.1", port }, {}
for i = 1, count do
  kept[i] = socket.socket()
  kept[i]:connect(address)
end
os.exit() -- at once: what it keeps counts, not what it takes to give that back
