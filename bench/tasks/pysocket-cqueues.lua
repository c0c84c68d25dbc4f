local controller = require("cqueues").new()
local scheduler = require("pysocket.schedulers.cqueues").new(controller)
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

socket.setscheduler(scheduler)
scheduler:spawn(function()
  local server <close> = socket.create_server({ "127.0.0.1", port }, { backlog = 4096 })
  for _ = 1, size do scheduler:spawn(serve, (server:accept())) end
end)
assert(controller:loop())
