local floor = require "floor"

local port, size = tonumber(arg[1]), tonumber(arg[3])

local function serve(conn)
  while true do
    local data = conn:recv(4096)
    if data == "" then break end
    conn:send(data)
  end
  conn:close()
end

local server = floor.listen(port)
for _ = 1, size do
  local conn = server:accept()
  conn:setblocking(false)
  floor.spawn(serve, conn)
end
floor.run()
