-- Sends back what its clients send, over TCP on IPv4, to all of them at the same time.
-- ./dev run examples/echo_server.lua [host [port [connections]]]; port 0 is any free one

local loop = require "pysocket.loop"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local host = arg[1] or "127.0.0.1"
local port = tonumber(arg[2] or 0)
local connections = tonumber(arg[3] or math.huge)

local listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener:setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) -- a restart need not wait
listener:bind({host, port})
listener:listen()
print("listening on " .. tostring(listener:getsockname()))

local server

-- The empty string is the end of the stream: the client has sent everything.
local function echo(conn, address)
  print("connected by " .. tostring(address))
  connections = connections - 1
  if connections == 0 then server:stop() end -- after this client
  local data = conn:recv(4096)
  while data ~= "" do
    conn:sendall(data)
    data = conn:recv(4096)
  end
end

loop.run(function()
  local function onerror(err) print(err) end -- a client that breaks off does not stop the server
  server = loop.serve(listener, echo, {onerror = onerror})
  server:join()
end)
