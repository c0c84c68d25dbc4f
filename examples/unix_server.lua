-- An echo server for this machine alone: its address, AF_UNIX, is a path in the file system.
-- ./dev run examples/unix_server.lua path [connections]

local loop = require "pysocket.loop"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local path = assert(arg[1], "usage: unix_server.lua path [connections]")
local connections = tonumber(arg[2] or math.huge)

local listener = socket.create_server(path, {family = socket.AF_UNIX})
-- bind has made the path, and nobody but us removes it: not even the listener's close
local _ <close> = setmetatable({}, {__close = function() os.remove(path) end})
print("listening on " .. listener:getsockname())

local server

local function echo(conn) -- the client has no address
  connections = connections - 1
  if connections == 0 then server:stop() end -- when this client has gone
  local data = conn:recv(4096)
  while data ~= "" do
    conn:sendall(data)
    data = conn:recv(4096)
  end
end

loop.run(function()
  server = loop.serve(listener, echo, {onerror = function(err) print(err) end})
  server:join()
end)
