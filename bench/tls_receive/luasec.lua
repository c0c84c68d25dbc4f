local socket = require "socket"
local ssl = require "ssl"

local port, count = tonumber(arg[1]), tonumber(arg[2])
local context = assert(ssl.newcontext({
  mode = "client",
  protocol = "any",
  verify = "peer",
  cafile = os.getenv("BENCH_TLS") .. "/authority.pem",
}))

local function connect() -- checks no host name: LuaSec cannot
  local s = assert(ssl.wrap(assert(socket.connect("127.0.0.1", port)), context))
  s:sni("localhost")
  assert(s:dohandshake())
  return s
end

local s = connect()
for _ = 1, count do assert(#s:receive(65536) == 65536) end
s:close()
