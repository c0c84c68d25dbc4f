-- Passes connections on to another address, both ways. The end of one stream is passed on, too,
-- while the other direction continues.
-- ./dev run examples/port_forwarder.lua target-host target-port [host [port]]

local loop = require "pysocket.loop"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local usage = "usage: port_forwarder.lua target-host target-port [host [port]]"
local target = { assert(arg[1], usage), assert(tonumber(arg[2]), usage) }
local host, port = arg[3] or "127.0.0.1", tonumber(arg[4] or 0)

local function forward(near, address)
  local far <close> = socket.create_connection(target, 10)
  print(("%s: %d bytes there, %d back"):format(address, socket.relay(near, far)))
end

loop.run(function()
  local listener = socket.create_server({ host, port })
  print("listening on " .. tostring(listener:getsockname()))
  local function onerror(err, address) print(("%s: %s"):format(address or "accept", err)) end
  loop.serve(listener, forward, { onerror = onerror }):join()
end)
