local loop = require "pysocket.loop"
local socket = require "pysocket"

local port, size = tonumber(arg[1]), tonumber(arg[3])

local function serve(conn)
  while true do
    local data = conn:recv(4096)
    if data == "" then break end
    conn:sendall(data)
  end
  conn:close()
end

loop.run(function()
  local server <close> = socket.create_server({ "127.0.0.1", port }, { backlog = 4096 })
  local tasks = {}
  for i = 1, size do tasks[i] = loop.spawn(serve, (server:accept())) end
  for _, task in ipairs(tasks) do task:join() end
end)
