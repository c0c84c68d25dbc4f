-- Sends back every datagram to where it came from, over UDP on IPv4.
-- ./dev run examples/udp_server.lua [host [port [datagrams]]]; port 0 is any free one

local socket = require "pysocket"

io.stdout:setvbuf("line")
local host = arg[1] or "127.0.0.1"
local port = tonumber(arg[2] or 0)
local datagrams = tonumber(arg[3] or math.huge)

local s <close> = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s:bind({host, port})
print("listening on " .. tostring(s:getsockname()))

for _ = 1, datagrams do
  local data, address, truncated = s:recvfrom(2048)
  print(("%d bytes from %s%s"):format(#data, address, truncated and ", cut" or ""))
  s:sendto(data, address)
end
