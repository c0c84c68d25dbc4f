-- The clients of crowd_server.lua: IDLE that say nothing, then BUSY that ask ROUNDS questions each,
-- all of them at the same time. Prints the number of right answers. Arguments: port, idle, busy,
-- rounds.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local port, idle, busy, rounds = table.unpack(arg)
local address = { "127.0.0.1", tonumber(port) }

local connections = {}
for i = 1, idle do connections[i] = socket.create_connection(address) end

local right = 0

local function ask(s)
  for i = 1, rounds do
    local question = ("question %d\n"):format(i)
    s:sendall(question)
    if s:recv(100) == question then right = right + 1 end
  end
  s:close()
end

local l <close> = loop.new()
for i = 1, busy do connections[idle + i] = socket.create_connection(address) end
for i = idle + 1, idle + busy do l:spawn(ask, connections[i]) end
l:run()
print(right)
io.stdout:flush()
connections[1]:recv(1) -- until the server has ended
