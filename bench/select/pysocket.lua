local select = require "pysocket.select"
local socket = require "pysocket"

local port, count = tonumber(arg[1]), tonumber(arg[2])

local s = socket.create_connection({ "127.0.0.1", port })
local list = { s }
for i = 2, 100 do
  list[i] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  list[i]:bind({ "127.0.0.1", 0 })
end
list[2]:sendto("ready", list[100]:getsockname())
for _ = 1, count do assert(#select.select(list, {}, {}, 1) == 1) end
s:close()
