-- resolve CALL NAME [TIMEOUT]: looks a name up where spec/roles/dns.lua answers. A TIMEOUT such as
-- "default 0.3" is the default timeout. Prints what was found or the class of the error, and the
-- seconds it took, and the host that the error names.

local call, name, timeout = ...
local socket = require "pysocket"

local default = timeout and timeout:match("^default (.*)$")
if default then socket.setdefaulttimeout(tonumber(default)) end
local limit = not default and tonumber(timeout) or nil

local function list(items)
  local words = {}
  for i, item in ipairs(items) do words[i] = tostring(item) end
  table.sort(words)
  return table.concat(words, ",")
end

local calls = {
  getaddrinfo = function()
    local hosts = {}
    local infos = socket.getaddrinfo(name, 80, {type = socket.SOCK_STREAM, timeout = limit})
    for i, info in ipairs(infos) do hosts[i] = info.sockaddr[1] end
    return list(hosts)
  end,
  getnameinfo = function() return list({socket.getnameinfo({name, 80}, socket.NI_NAMEREQD)}) end,
  gethostbyname = function() return socket.gethostbyname(name) end,
  gethostbyname_ex = function()
    local host, aliases, addresses = socket.gethostbyname_ex(name)
    return ("%s [%s] [%s]"):format(host, list(aliases), list(addresses))
  end,
  gethostbyaddr = function()
    local host, aliases, addresses = socket.gethostbyaddr(name)
    return ("%s [%s] [%s]"):format(host, list(aliases), list(addresses))
  end,
  getfqdn = function() return socket.getfqdn(name) end,
  connect = function()
    local s <close> = socket.socket()
    if limit then s:settimeout(limit) end
    s:connect({name, 80})
  end,
  abandon = function()
    for _ = 1, 50 do pcall(socket.getaddrinfo, name, 80, {timeout = 0.001}) end
    return "abandoned"
  end,
  overtake = function()
    for _ = 1, 20 do pcall(socket.getaddrinfo, name, 80, {timeout = 0.01}) end
    return socket.getaddrinfo("localhost", 80, {timeout = limit})[1].sockaddr.port
  end,
}

local function class(err)
  for _, one in ipairs({"timeout", "gaierror", "herror", "ConnectionRefusedError", "OSError"}) do
    if socket.isinstance(err, socket[one]) then return one .. " " .. tostring(err.name) end
  end
  return tostring(err)
end

local start = socket.monotonic()
local ok, result = pcall(calls[call])
print(ok and result or class(result))
print(socket.monotonic() - start)
local address = not ok and result.address
print(type(address) == "table" and address[1] or address)
