-- serve_crowded COUNT: an echo server, which prints its port, each shortage that it reports, and at the
-- end how many connections it has served.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local count = tonumber(arg[1])
io.stdout:setvbuf("line")

loop.run(function()
  local listener = socket.create_server({ "127.0.0.1", 0 })
  print(listener:getsockname().port)
  local served, server = 0, nil
  local function handle(conn)
    conn:sendall(conn:recv(1))
    conn:recv(1) -- until the client goes
    served = served + 1
    if served == count then server:stop() end
  end
  server = loop.serve(listener, handle, { onerror = function(err) print(err.name or err) end })
  server:join()
  print("served " .. served)
end)
