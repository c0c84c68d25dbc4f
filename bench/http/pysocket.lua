local loop = require "pysocket.loop"
local socket = require "pysocket"

local port, size = tonumber(arg[1]), tonumber(arg[3])

local function serve(conn)
  local f <close> = conn:makefile("rw", { newline = "\r\n" })
  conn:close()
  while true do
    local request = f:read("l")
    if not request then break end
    local method, path = request:match("^(%S+) (%S+) HTTP/1%.1$")
    local headers = {}
    while true do
      local line = f:read("l")
      if line == "" then break end
      local name, value = line:match("^([^:]+): *(.*)$")
      headers[name:lower()] = value
    end
    assert(method == "GET" and path == "/index.html" and headers.host == "localhost")
    f:write("HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: ", 6, "\n\n")
    f:write("hello!"):flush()
  end
end

loop.run(function()
  local server <close> = socket.create_server({ "127.0.0.1", port }, { backlog = 4096 })
  local tasks = {}
  for i = 1, size do tasks[i] = loop.spawn(serve, (server:accept())) end
  for _, task in ipairs(tasks) do task:join() end
end)
