-- blocked_tls CALL: prints "ready", then waits in CALL ("recv", "read") over TLS for what never comes. A second word "coroutine",
-- as in "recv/coroutine": inside a coroutine.

local loop = require "pysocket.loop"
local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local for_client, for_server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
for_client.check_hostname = false
for_client.verify_mode = ssl.CERT_NONE
for _, context in ipairs({for_client, for_server}) do
  context.maximum_version = ssl.TLSVersion.TLSv1_2
  context:set_ciphers("PSK-AES128-GCM-SHA256")
end
for_client:set_psk_client_callback(function() return "ada", "a key of some length" end)
for_server:set_psk_server_callback(function() return "a key of some length" end)

local a, b = socket.socketpair()
local client, server
loop.run(function()
  local task = loop.spawn(function() return for_server:wrap_socket(b, true) end)
  client = for_client:wrap_socket(a)
  server = task:join()
end)

local calls = {
  recv = function() client:recv(1) end,
  read = function() client:makefile("r"):read("l") end,
}

local name, inside = arg[1]:match("^(%w+)/?(%w*)$")
local f = calls[name]
if inside == "coroutine" then f = coroutine.wrap(f) end
print("ready")
io.stdout:flush()
f()
print("done", server)
