-- serve_fails LIBRARY ERRNO: a server whose first calls of accept fail, and three clients of it, one
-- after the other. Prints what they were answered.

local library, code = ...
local loop = require "pysocket.loop"
local socket = require "pysocket"

local fault = assert(package.loadlib(library, "fault"))

loop.run(function()
  local listener = socket.create_server({ "127.0.0.1", 0 })
  local address = listener:getsockname()
  fault("accept4", tonumber(code), 1, 3)
  local _ <close> = loop.serve(listener, function(conn) conn:sendall(conn:recv(1)) end)
  local answers = {}
  for i = 1, 3 do
    local s <close> = socket.create_connection(address)
    s:sendall(tostring(i))
    answers[i] = s:recv(1)
  end
  print(table.concat(answers, " "))
end)
