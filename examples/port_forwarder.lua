-- Passes connections on to another address, both ways. When one side has said all it had to say,
-- the other side is told, and may go on talking.
-- ./dev run examples/port_forwarder.lua target-host target-port [host [port]]

local loop = require "pysocket.loop"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local usage = "usage: port_forwarder.lua target-host target-port [host [port]]"
local target = { assert(arg[1], usage), assert(tonumber(arg[2]), usage) }
local host, port = arg[3] or "127.0.0.1", tonumber(arg[4] or 0)

local CHUNK <const> = 65536

-- One direction, to its end.
local function pass(from, to)
  local data = from:recv(CHUNK)
  while data ~= "" do
    to:sendall(data) -- waits while the receiver is slow, and so does who sends to us
    data = from:recv(CHUNK)
  end
  to:shutdown(socket.SHUT_WR)
end

local function forward(near, address)
  local far <close> = socket.create_connection(target, 10)
  far:settimeout(nil) -- the ten seconds were for connecting
  do
    local both <close> = loop.group() -- if one direction breaks, the other is of no use any more
    both:spawn(pass, near, far)
    both:spawn(pass, far, near)
  end
  print(("%s: done"):format(address))
end

loop.run(function()
  local listener = socket.create_server({ host, port })
  print("listening on " .. tostring(listener:getsockname()))
  local function onerror(err, address) print(("%s: %s"):format(address or "accept", err)) end
  loop.serve(listener, forward, { onerror = onerror }):join()
end)
