local loop = require "pysocket.loop"
local socket = require "pysocket"

local port, size = tonumber(arg[1]), tonumber(arg[3])

-- without a file: split by hand
local function serve(conn)
  local data = ""
  while true do
    local last = data:find("\r\n\r\n", 1, true)
    while not last do
      local piece = conn:recv(4096)
      if piece == "" then return conn:close() end
      data = data .. piece
      last = data:find("\r\n\r\n", 1, true)
    end
    local feed = data:find("\r\n", 1, true)
    local method, path = data:sub(1, feed - 1):match("^(%S+) (%S+) HTTP/1%.1$")
    local headers, start = {}, feed + 2
    while start < last + 2 do
      feed = data:find("\r\n", start, true)
      local name, value = data:sub(start, feed - 1):match("^([^:]+): *(.*)$")
      headers[name:lower()] = value
      start = feed + 2
    end
    data = data:sub(last + 4)
    assert(method == "GET" and path == "/index.html" and headers.host == "localhost")
    conn:sendall("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " .. 6 .. "\r\n\r\n" .. "hello!")
  end
end

loop.run(function()
  local server <close> = socket.create_server({ "127.0.0.1", port }, { backlog = 4096 })
  local tasks = {}
  for i = 1, size do tasks[i] = loop.spawn(serve, (server:accept())) end
  for _, task in ipairs(tasks) do task:join() end
end)
