local socket = require "pysocket"

local port = tonumber(arg[1])

local listener = socket.create_server({ "127.0.0.1", port })
local near = listener:accept()
local far = socket.create_connection({ "127.0.0.2", port })
socket.relay(near, far)
