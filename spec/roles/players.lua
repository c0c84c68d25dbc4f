-- CLIENTS that each ask REQUESTS questions of a server, in tasks. Arguments: port, clients,
-- requests of each.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local port, clients, requests = table.unpack(arg)

local function play()
  local s <close> = socket.create_connection({ "127.0.0.1", tonumber(port) })
  local f <close> = s:makefile("rw")
  for i = 1, requests do
    f:write("move ", i, "\n")
    f:flush()
    assert(f:read("l") == "move " .. i)
  end
end

local l <close> = loop.new()
for _ = 1, clients do l:spawn(play) end
l:run()
