local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local context = ssl.create_default_context({ cafile = os.getenv("BENCH_TLS") .. "/authority.pem" })
local options <const> = { ssl = context, server_hostname = "localhost" }

local s = socket.create_connection({ "127.0.0.1", port }, nil, nil, options)
local left = count * 65536
while left > 0 do left = left - #s:recv(65536) end
s:close()
