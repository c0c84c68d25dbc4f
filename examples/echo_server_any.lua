-- An echo server for IPv4 and IPv6: it listens on the first address of its host that works.
-- ./dev run examples/echo_server_any.lua [host [port [connections]]]; host "" is every interface

local loop = require "pysocket.loop"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local host = arg[1] or "localhost"
if host == "" then host = nil end
local port = tonumber(arg[2] or 0)
local connections = tonumber(arg[3] or math.huge)

local bound = socket.protect(function(s, address)
  s:bind(address)
  s:listen()
end)

local function listen()
  local hints = {type = socket.SOCK_STREAM, flags = socket.AI_PASSIVE}
  local s, err
  for _, info in ipairs(socket.getaddrinfo(host, port, hints)) do
    s, err = socket.protect(socket.socket)(info.family, info.type, info.proto)
    if s then
      local ok
      ok, err = bound(s, info.sockaddr)
      if ok then return s end
      s:close()
    end
  end
  error(err, 0)
end

local listener = listen()
print("listening on " .. tostring(listener:getsockname()))

local server

local function echo(conn, address)
  print("connected by " .. tostring(address))
  connections = connections - 1
  if connections == 0 then server:stop() end -- after this client
  local data = conn:recv(4096)
  while data ~= "" do
    conn:sendall(data)
    data = conn:recv(4096)
  end
end

loop.run(function()
  server = loop.serve(listener, echo, {onerror = function(err) print(err) end})
  server:join()
end)
