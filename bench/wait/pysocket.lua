local loop = require "pysocket.loop"
local socket = require "pysocket"

local PAIRS <const> = 10
local count = tonumber(arg[2]) // PAIRS // 2
local timeout = ... == "timeout" and 60 or nil

local function play(conn)
  conn:settimeout(timeout)
  for _ = 1, count do conn:sendall(conn:recv(64)) end
end

-- pairs of tasks that send each other one message: each waits for every answer
loop.run(function()
  local tasks, sockets = {}, {}
  for _ = 1, PAIRS do
    local a, b = socket.socketpair()
    a:sendall(("x"):rep(64))
    table.move({ a, b }, 1, 2, #sockets + 1, sockets) -- the last message has to arrive
    table.insert(tasks, loop.spawn(play, a))
    table.insert(tasks, loop.spawn(play, b))
  end
  for _, task in ipairs(tasks) do task:join() end
end)
