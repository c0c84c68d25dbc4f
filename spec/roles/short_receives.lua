-- short_receives PORT WAY REQUESTS: connects to the port, and answers each "?" with "!" in a task. Each receive, in the given way, asks
-- for more than one byte.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local port, way, requests = ...

local ways = {}

function ways.recv(s)
  return function() return s:recv(100) end
end

function ways.recv_into(s)
  local buffer = socket.bytearray(100)
  return function() return tostring(buffer:view(1, s:recv_into(buffer))) end
end

function ways.file(s)
  local file = s:makefile("rb")
  return function() return file:read(1) end
end

loop.run(function()
  local s = socket.create_connection({"127.0.0.1", tonumber(port)})
  local receive = ways[way](s)
  for _ = 1, tonumber(requests) do
    assert(receive() == "?")
    s:sendall("!")
  end
  s:close()
end)
