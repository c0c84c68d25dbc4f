-- Sends back what its clients send, over TCP on IPv4, one client after the other.
-- ./dev run examples/echo_server.lua [host [port [connections]]]; port 0 is any free one

local socket = require "pysocket"

io.stdout:setvbuf("line")
local host = arg[1] or "127.0.0.1"
local port = tonumber(arg[2] or 0)
local connections = tonumber(arg[3] or math.huge)

-- The end of the stream, the empty string, is when the client has said all.
local echo = socket.protect(function(conn)
  local data = conn:recv(4096)
  while data ~= "" do
    conn:sendall(data)
    data = conn:recv(4096)
  end
end)

local server <close> = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server:setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) -- else a restart has to wait a minute
server:bind({host, port})
server:listen()
print("listening on " .. tostring(server:getsockname()))

for _ = 1, connections do
  local conn <close>, address = server:accept()
  print("connected by " .. tostring(address))
  local ok, err = echo(conn)
  if not ok then print(err) end -- a client that breaks off is no reason to stop
end
