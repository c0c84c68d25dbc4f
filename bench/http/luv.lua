local uv = require "luv"

local port, size = tonumber(arg[1]), tonumber(arg[3])

-- callbacks, and split by hand: it has neither tasks nor lines
local function answer(conn, data)
  while true do
    local last = data:find("\r\n\r\n", 1, true)
    if not last then return data end
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
    conn:write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " .. 6 .. "\r\n\r\n" .. "hello!")
  end
end

local server = uv.new_tcp()
assert(server:bind("127.0.0.1", port))
local left = size
server:listen(4096, function()
  local conn, rest = uv.new_tcp(), ""
  server:accept(conn)
  conn:read_start(function(_, data)
    if data then
      rest = answer(conn, rest .. data)
      return
    end
    conn:close()
    left = left - 1
    if left == 0 then server:close() end
  end)
end)
uv.run()
