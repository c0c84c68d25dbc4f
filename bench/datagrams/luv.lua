local uv = require "luv"

local count = tonumber(arg[2])

local BATCH <const> = 32
local s = uv.new_udp()
s:bind("127.0.0.1", 0)
local port = s:getsockname().port
local data, left, got = ("x"):rep(64), count, 0

local function send()
  if left <= 0 then return s:close() end
  for _ = 1, BATCH do assert(s:try_send(data, "127.0.0.1", port)) end
  left = left - BATCH
  got = 0
end

s:recv_start(function(err, datagram)
  assert(not err, err)
  if not datagram then return end
  got = got + 1
  if got == BATCH then send() end
end)
send()
uv.run()
