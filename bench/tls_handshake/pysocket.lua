local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local context = ssl.create_default_context({ cafile = os.getenv("BENCH_TLS") .. "/authority.pem" })
local options <const> = { ssl = context, server_hostname = "localhost" }

for _ = 1, count do
  socket.create_connection({ "127.0.0.1", port }, nil, nil, options):close()
end
