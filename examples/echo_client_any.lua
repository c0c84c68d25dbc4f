-- An echo client for IPv4 and IPv6: it tries the addresses of its host until one answers.
-- ./dev run examples/echo_client_any.lua host port [text]

local socket = require "pysocket"

local host = arg[1]
local port = assert(tonumber(arg[2]), "usage: echo_client_any.lua host port [text]")
local text = arg[3] or "Hello, socket!"

-- In your own programs socket.create_connection does this, and does not wait for dead addresses.
local function connect()
  local s, err
  for _, info in ipairs(socket.getaddrinfo(host, port, {type = socket.SOCK_STREAM})) do
    s, err = socket.protect(socket.socket)(info.family, info.type, info.proto)
    if s then
      local ok
      ok, err = socket.protect(s.connect)(s, info.sockaddr)
      if ok then return s end
      s:close()
    end
  end
  error(err, 0)
end

local s <close> = connect()
print("connected to " .. tostring(s:getpeername()))
s:sendall(text)
s:shutdown(socket.SHUT_WR)

local received = {}
repeat
  local data = s:recv(4096)
  table.insert(received, data)
until data == ""
print("received: " .. table.concat(received))
