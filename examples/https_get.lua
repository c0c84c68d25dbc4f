-- Fetches pages over HTTPS and prints their bodies; several at once, each in a task of its own.
-- ./dev run examples/https_get.lua [sec | ossl] https://HOST[:PORT]/PATH ...
--
-- TLS comes from lua-sec, or else from lua-luaossl and lua-cqueues. SSL_CERT_FILE may name the
-- certificates of the authorities to trust; by default they are the system's.

package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path

local loop = require "pysocket.loop"
local socket = require "pysocket"
local tls = require "tls"

-- "https://host:8443/x" is "host:8443", "host", 8443, "/x"
local function split(url)
  local authority, path = url:match("^https://([^/?#]+)([^#]*)")
  assert(authority, "usage: https_get.lua [sec | ossl] https://HOST[:PORT]/PATH ...")
  local host, port = authority:match("^([^:]*):?(%d*)$")
  return authority, host, tonumber(port) or 443, path:find("^/") and path or "/" .. path
end

local function get(library, url)
  local authority, host, port, path = split(url)
  local s <close> = socket.create_connection({host, port}, 10)
  local conn = tls[library](s, host, os.getenv("SSL_CERT_FILE"))
  conn:sendall(("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n"):format(path, authority))
  local answer = {}
  repeat
    local data = conn:recv(8192)
    answer[#answer + 1] = data
  until data == ""
  conn:close()
  local head, body = table.concat(answer):match("^(.-)\r?\n\r?\n(.*)$")
  local status = (head or ""):match("^HTTP/%d%.%d (%d%d%d)")
  if status ~= "200" then error("status " .. tostring(status), 0) end
  return body
end

local library = tls[arg[1]] and table.remove(arg, 1) or "sec"
if #arg <= 1 then
  io.stdout:write(get(library, arg[1] or ""))
else
  loop.run(function()
    local tasks = {}
    for i, url in ipairs(arg) do tasks[i] = loop.spawn(get, library, url) end
    for _, task in ipairs(tasks) do io.stdout:write((task:join())) end
  end)
end
