-- Fetches a page over HTTP and prints its body; ends with an error when the status is not 200.
-- ./dev run examples/http_get.lua http://HOST[:PORT]/PATH, or http_get.lua HOST PORT PATH

local socket = require "pysocket"

-- "http://[::1]:8000/x" is "[::1]:8000", "::1", 8000, "/x"
local function split(url)
  local authority, path = url:match("^http://([^/?#]+)([^#]*)")
  assert(authority, "usage: http_get.lua http://HOST[:PORT]/PATH, or HOST PORT PATH")
  local host, port = authority:match("^%[(.*)%]:?(%d*)$")
  if not host then host, port = authority:match("^([^:]*):?(%d*)$") end
  return authority, host, tonumber(port) or 80, path:find("^/") and path or "/" .. path
end

local authority, host, port, path = arg[1], arg[1], tonumber(arg[2]), arg[3]
if not path then authority, host, port, path = split(arg[1] or "") end

local s <close> = socket.create_connection({host, port}, 10)
s:sendall(("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n"):format(path, authority))

local answer <close> = s:makefile("rb")
local status = (answer:read("l") or ""):match("^HTTP/%d%.%d (%d%d%d)")
local length
for text in answer:lines() do
  local line = text:gsub("\r$", "")
  if line == "" then break end
  length = length or tonumber(line:lower():match("^content%-length:%s*(%d+)"))
end

local body = answer:read(length or "a") or ""
io.stdout:write(body)
if #body < (length or 0) then error("the page was cut off", 0) end
if status ~= "200" then error("status " .. tostring(status), 0) end
