-- answering_peer PORT: connects to that port of this machine, and answers what it is asked.

local port = ...
local socket = require "pysocket"

local s <close> = socket.create_connection({"127.0.0.1", tonumber(port)})
s:recv(1)
s:sendall("answer")
