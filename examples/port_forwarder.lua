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
local pass = socket.protect(function(from, to)
  local data = from:recv(CHUNK)
  while data ~= "" do
    to:sendall(data) -- waits while the receiver is slow, and so does who sends to us
    data = from:recv(CHUNK)
  end
  to:shutdown(socket.SHUT_WR)
end)

local forward = socket.protect(function(client)
  local near <close> = client
  local far <close> = socket.create_connection(target, 10)
  far:settimeout(nil) -- the ten seconds were for connecting
  local back = loop.spawn(pass, far, near)
  local ok, err = pass(near, far)
  if not ok then -- broken: the other direction is of no use any more
    back:cancel()
    error(err, 0)
  end
  local _
  _, err = back:join()
  if err then error(err, 0) end
end)

loop.run(function()
  local server <close> = socket.create_server({ host, port })
  print("listening on " .. tostring(server:getsockname()))
  while true do
    local client, address = server:accept()
    loop.spawn(function()
      local ok, err = forward(client)
      print(("%s: %s"):format(address, ok and "done" or err))
    end)
  end
end)
