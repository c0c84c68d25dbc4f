-- Sends a datagram over UDP and waits for the answer; either may get lost, so it tries three times.
-- ./dev run examples/udp_client.lua host port [text]

local socket = require "pysocket"

local host = arg[1]
local port = assert(tonumber(arg[2]), "usage: udp_client.lua host port [text]")
local text = arg[3] or "Hello, socket!"

local s <close> = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s:settimeout(1)
local recvfrom = socket.protect(s.recvfrom)

local data, from
for _ = 1, 3 do
  s:sendto(text, {host, port})
  data, from = recvfrom(s, 2048)
  if data then break end
  if not socket.isinstance(from, socket.timeout) then error(from, 0) end
end
if not data then error("no answer", 0) end
print("received: " .. data)
