-- An echo server for this machine alone: its address, AF_UNIX, is a path in the file system.
-- ./dev run examples/unix_server.lua path [connections]

local socket = require "pysocket"

io.stdout:setvbuf("line")
local path = assert(arg[1], "usage: unix_server.lua path [connections]")
local connections = tonumber(arg[2] or math.huge)

local echo = socket.protect(function(conn)
  local data = conn:recv(4096)
  while data ~= "" do
    conn:sendall(data)
    data = conn:recv(4096)
  end
end)

local server <close> = socket.create_server(path, {family = socket.AF_UNIX})
-- bind has made the path, and nobody but us removes it: not even the server's close
local _ <close> = setmetatable({}, {__close = function() os.remove(path) end})
print("listening on " .. server:getsockname())

for _ = 1, connections do
  local conn <close> = server:accept() -- the client has no address
  local ok, err = echo(conn)
  if not ok then print(err) end
end
