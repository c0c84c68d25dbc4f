-- Host names.

local core = require "pysocket.core"

local gethostbyaddr <const> = core.protect(core.gethostbyaddr)

--- Returns the fully qualified name of a host: the first of its names with a dot.
-- @function getfqdn
-- @async
-- @tparam[opt=""] string name a host or an address; `""`, `"0.0.0.0"` and `"::"`: this machine
-- @tparam[opt] table options the argument above by name
-- @treturn string `name` itself if the lookup fails
-- @see Python's socket.getfqdn
local function getfqdn(...)
  local name = core.arguments("getfqdn", 1, "name=", ...)
  if name ~= nil and type(name) ~= "string" then
    core.argerror(1, "getfqdn", "name must be a string, got " .. type(name))
  end
  name = (name or ""):match("^%s*(.-)%s*$")
  if name == "" or name == "0.0.0.0" or name == "::" then name = core.gethostname() end
  local hostname, aliases = gethostbyaddr(name)
  if not hostname then return name end
  table.insert(aliases, 1, hostname)
  for _, alias in ipairs(aliases) do
    if alias:find(".", 1, true) then return alias end
  end
  return hostname
end

return { getfqdn = getfqdn }
