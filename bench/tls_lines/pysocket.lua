local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local context = ssl.create_default_context({ cafile = os.getenv("BENCH_TLS") .. "/authority.pem" })
local options <const> = { ssl = context, server_hostname = "localhost" }

local s = socket.create_connection({ "127.0.0.1", port }, nil, nil, options)
local lines = 0
if count > 0 then
  for _ in s:makefile("rb"):lines() do
    lines = lines + 1
    if lines == count then break end
  end
end
s:close()
