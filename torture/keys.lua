-- Contexts for a handshake that costs little, by a key and without certificates, in TLS 1.2.

local ssl = require "pysocket.ssl"

local NAME <const>, KEY <const> = "ada", "a key of some length"

-- Returns a client's context and a server's.
return function()
  local client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
  client.check_hostname = false
  client.verify_mode = ssl.CERT_NONE
  for _, context in ipairs({client, server}) do
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context:set_ciphers("PSK-AES128-GCM-SHA256")
  end
  client:set_psk_client_callback(function() return NAME, KEY end)
  server:set_psk_server_callback(function(identity) return identity == NAME and KEY or nil end)
  return client, server
end
