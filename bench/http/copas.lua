local copas = require "copas"
local socket = require "socket"

local port, size = tonumber(arg[1]), tonumber(arg[3])

local left = size
copas.addserver(assert(socket.bind("127.0.0.1", port, 4096)), function(conn)
  while true do
    local request = copas.receive(conn, "*l")
    if not request then break end
    local method, path = request:match("^(%S+) (%S+) HTTP/1%.1$")
    local headers = {}
    while true do
      local line = copas.receive(conn, "*l")
      if line == "" then break end
      local name, value = line:match("^([^:]+): *(.*)$")
      headers[name:lower()] = value
    end
    assert(method == "GET" and path == "/index.html" and headers.host == "localhost")
    copas.send(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " .. 6 .. "\r\n\r\n" .. "hello!")
  end
  conn:close()
  left = left - 1
end)
while left > 0 do copas.step() end
