-- LuaSocket's name lookups. They call the library's lookups, so that other tasks run meanwhile, and
-- translate the errors into LuaSocket's messages.

local core = require "pysocket.core"

local names = { dns = {} }

local TEXTS <const> = {
  EAI_AGAIN = "temporary failure in name resolution",
  EAI_BADFLAGS = "invalid value for ai_flags",
  EAI_FAIL = "non-recoverable failure in name resolution",
  EAI_FAMILY = "ai_family not supported",
  EAI_MEMORY = "memory allocation failure",
  EAI_NONAME = "host or service not provided, or not known",
  EAI_OVERFLOW = "argument buffer overflow",
  EAI_SERVICE = "service not supported for socket type",
  EAI_SOCKTYPE = "ai_socktype not supported",
  HOST_NOT_FOUND = "host not found",
}

-- Where LuaSocket asks gethostbyname or gethostbyaddr, it gives the texts of their failures.
local HOST_TEXTS <const> = {
  EAI_ADDRFAMILY = TEXTS.HOST_NOT_FOUND,
  EAI_AGAIN = "Host name lookup failure",
  EAI_FAIL = "Unknown server error",
  EAI_NODATA = "No address associated with name",
  EAI_NONAME = TEXTS.HOST_NOT_FOUND,
}

-- Returns LuaSocket's message for an error of a lookup.
local function text_of(err)
  if core.isinstance(err, core.TimeoutError) then return "timeout" end
  return TEXTS[err.name] or err.strerror or tostring(err)
end

local getaddrinfo <const> = core.protect(core.getaddrinfo)
local gethostbyaddr <const> = core.protect(core.gethostbyaddr)
local gethostbyname_ex <const> = core.protect(core.gethostbyname_ex)
local getnameinfo <const> = core.protect(core.getnameinfo)

-- Checks the first argument, a string.
local function check_host(name, ...)
  local host = ...
  if type(host) == "string" then return host end
  local got = select("#", ...) == 0 and "no value" or type(host)
  core.argerror(1, name, "string expected, got " .. got)
end

-- Returns the timeout of a lookup for the object: that of the object's calls. Without a limit, and
-- for a non-blocking object, it is nil: in LuaSocket, too, lookups of such objects wait.
local function patience(object)
  local block, total = object:gettimeout()
  local shorter = total >= 0 and (block < 0 or total < block) and total or block
  return shorter > 0 and shorter or nil
end

local function family_of(object)
  return object:getfd() < 0 and core.AF_UNSPEC
    or object:getfamily() == "inet6" and core.AF_INET6
    or core.AF_INET
end

-- Calls a method of an object with each address of a host and service until one call succeeds.
function names.by_name(method, object, host, service)
  local datagrams <const> = object.class:find("^udp") ~= nil
  local passive <const> = method == "bind" or method == "setsockname"
  local options <const> = {
    family = family_of(object),
    type = datagrams and core.SOCK_DGRAM or core.SOCK_STREAM,
    flags = passive and core.AI_PASSIVE or 0,
    timeout = patience(object),
  }
  host = not (passive and host == "*") and host or nil
  local list, err = getaddrinfo(host, tostring(service), options)
  if not list then return nil, text_of(err) end
  local ok, reason
  for _, info in ipairs(list) do
    local address <const> = info.sockaddr
    ok, reason = object[method](object, address[1], address[2])
    if ok or object:gettimeout() == 0 then break end
    if reason == "timeout" then object:close() end -- the object is still connecting
  end
  return ok, reason
end

--- Returns the addresses of a host.
-- @function dns.getaddrinfo
-- @async
-- @tparam string host a name or an address
-- @treturn ?table a sequence of tables with `family` (`"inet"`, `"inet6"`) and `addr`
-- @treturn ?string the message, after nil
function names.dns.getaddrinfo(...)
  local host <const> = check_host("getaddrinfo", ...)
  local list, err = getaddrinfo(host, nil, { type = core.SOCK_STREAM })
  if not list then return nil, text_of(err) end
  local found = {}
  for i, info in ipairs(list) do
    local family = info.family == core.AF_INET6 and "inet6" or "inet"
    found[i] = { family = family, addr = info.sockaddr[1] }
  end
  return found
end

--- Returns the names of a host and of a service.
-- @function dns.getnameinfo
-- @async
-- @tparam ?string host a name or an address
-- @tparam[opt] string service a name or a port
-- @treturn ?table a sequence of names
-- @treturn ?string the name of the service; after nil the message
function names.dns.getnameinfo(host, service)
  if host == nil and service == nil then error("host and serv cannot be both nil", 2) end
  local list, err = getaddrinfo(host, service and tostring(service), { type = core.SOCK_STREAM })
  if not list then return nil, text_of(err) end
  local found, name = {}, nil
  for _, info in ipairs(list) do
    local node, known = getnameinfo(info.sockaddr, 0)
    if not node then return nil, text_of(known) end
    if host ~= nil then found[#found + 1] = node end
    name = known
  end
  return found, service ~= nil and name or nil
end

-- Returns the entry of a host, which is given by name or address.
local function entry(host)
  local address = core.protect(core.inet_aton)(host)
  local name, aliases, addresses = (address and gethostbyaddr or gethostbyname_ex)(host)
  if not name then return nil, HOST_TEXTS[aliases.name] or text_of(aliases) end
  return { name = name, alias = aliases, ip = addresses }
end

--- Returns the first IPv4 address of a host.
-- @function dns.toip
-- @async
-- @tparam string host a name or an address
-- @treturn ?string the address
-- @treturn table|string a table with `name`, `alias` and `ip`; after nil the message
function names.dns.toip(...)
  local found, err = entry(check_host("toip", ...))
  if not found then return nil, err end
  return found.ip[1], found
end

--- Returns the name of a host.
-- @function dns.tohostname
-- @async
-- @tparam string host an address or another name
-- @treturn ?string the name
-- @treturn table|string a table with `name`, `alias` and `ip`; after nil the message
function names.dns.tohostname(...)
  local found, err = entry(check_host("tohostname", ...))
  if not found then return nil, err end
  return found.name, found
end

--- Returns the name of this machine.
-- @function dns.gethostname
-- @treturn string
function names.dns.gethostname()
  return core.gethostname()
end

return names
