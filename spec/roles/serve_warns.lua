-- A server whose handler fails, without an onerror: it warns.

local loop = require "pysocket.loop"
local socket = require "pysocket"

warn("@on")
loop.run(function()
  local listener = socket.create_server({ "127.0.0.1", 0 })
  local address = listener:getsockname()
  local _ <close> = loop.serve(listener, function() error("oh", 0) end)
  local s <close> = socket.create_connection(address)
  s:recv(1)
  print("served")
end)
