local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local context = ssl.create_default_context({ cafile = os.getenv("BENCH_TLS") .. "/authority.pem" })
local options <const> = { ssl = context, server_hostname = "localhost" }
local request <const> = ("x"):rep(64)

local s = socket.create_connection({ "127.0.0.1", port }, nil, nil, options)
for _ = 1, count do
  s:sendall(request)
  assert(#s:recv(64) == 64)
end
s:close()
