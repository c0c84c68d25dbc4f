local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, size = tonumber(arg[1]), tonumber(arg[3])

local function serve(conn)
  conn:setmode("tf", "bf")
  while true do
    local request = conn:read("*l")
    if not request then break end
    local method, path = request:match("^(%S+) (%S+) HTTP/1%.1$")
    local headers = {}
    while true do
      local line = conn:read("*l")
      if line == "" then break end
      local name, value = line:match("^([^:]+): *(.*)$")
      headers[name:lower()] = value
    end
    assert(method == "GET" and path == "/index.html" and headers.host == "localhost")
    conn:write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ", "6", "\r\n\r\n")
    conn:write("hello!")
    conn:flush()
  end
  conn:close()
end

local controller = cqueues.new()
controller:wrap(function()
  local server = socket.listen { host = "127.0.0.1", port = port, reuseaddr = true }
  for _ = 1, size do
    local conn = server:accept()
    controller:wrap(serve, conn)
  end
  server:close()
end)
assert(controller:loop())
