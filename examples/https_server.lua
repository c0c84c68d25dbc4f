-- Serves one page over HTTPS; try it with curl.
-- ./dev run examples/https_server.lua CERTIFICATE KEY [HOST [PORT [CONNECTIONS]]]

local loop = require "pysocket.loop"
local socket = require "pysocket"
local ssl = require "pysocket.ssl"

io.stdout:setvbuf("line")
local USAGE <const> = "usage: https_server.lua CERTIFICATE KEY [HOST [PORT [CONNECTIONS]]]"
local certificate, key = assert(arg[1], USAGE), arg[2]
local host, port = arg[3] or "127.0.0.1", tonumber(arg[4] or 0)
local connections = tonumber(arg[5] or math.huge)

local context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context:load_cert_chain(certificate, key)
context:set_alpn_protocols({"http/1.1"})

local PAGE <const> = "<title>A page</title>\n<p>that came over %s.\n"
local HEAD <const> = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n"
  .. "Connection: close\r\n\r\n"

local server

-- The handshake precedes the handler, in the task of the connection.
local function serve(conn)
  connections = connections - 1
  if connections == 0 then server:stop() end -- after this client
  local request <close> = conn:makefile("rb")
  for line in request:lines() do
    if line == "" or line == "\r" then break end
  end
  local page = PAGE:format(conn:version())
  conn:sendall(HEAD:format(#page) .. page)
end

local listener = socket.create_server({host, port}, {ssl = context})
print("listening on " .. tostring(listener:getsockname()))

loop.run(function()
  server = loop.serve(listener, serve, {
    limit = 100,
    timeout = 10, -- for each call: a slow client loses its connection
    onerror = function(err) print(err) end,
  })
  server:join()
end)
