-- Fetches pages over HTTPS and prints their bodies; several at once, each in a task of its own.
-- ./dev run examples/https_get.lua https://HOST[:PORT]/PATH ...
--
-- The servers' certificates are verified against the system's authorities, or against those in the
-- file that the environment names in SSL_CERT_FILE.

local loop = require "pysocket.loop"
local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local context = ssl.create_default_context()

-- "https://host:8443/x" is "host:8443", "host", 8443, "/x"
local function split(url)
  local authority, path = url:match("^https://([^/?#]+)([^#]*)")
  assert(authority, "usage: https_get.lua https://HOST[:PORT]/PATH ...")
  local host, port = authority:match("^([^:]*):?(%d*)$")
  return authority, host, tonumber(port) or 443, path:find("^/") and path or "/" .. path
end

local function get(url)
  local authority, host, port, path = split(url)
  local s <close> = socket.create_connection({host, port}, 10, nil, {ssl = context})
  s:sendall(("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n"):format(path, authority))
  local answer <close> = s:makefile("rb")
  local head, body = answer:read("a"):match("^(.-)\r?\n\r?\n(.*)$")
  local status = (head or ""):match("^HTTP/%d%.%d (%d%d%d)")
  if status ~= "200" then error("status " .. tostring(status), 0) end
  return body
end

loop.run(function()
  local tasks = {}
  for i, url in ipairs(arg) do tasks[i] = loop.spawn(get, url) end
  if #tasks == 0 then split("") end
  for _, task in ipairs(tasks) do io.stdout:write((task:join())) end
end)
