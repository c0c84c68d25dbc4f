-- Certificates as text, their dates, and the certificate of a server.

local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"
local socket = require "pysocket"

local ALPHABET <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function check_string(name, what, value)
  if type(value) == "string" then return end
  core.argerror(1, name, ("%s must be a string, got %s"):format(what, type(value)))
end

local function to_base64(data)
  return (data:gsub("..?.?", function(three)
    local a, b, c = three:byte(1, 3)
    local n = a << 16 | (b or 0) << 8 | (c or 0)
    local text = ""
    for shift = 18, 0, -6 do
      local i = (n >> shift & 63) + 1
      text = text .. ALPHABET:sub(i, i)
    end
    return text:sub(1, #three + 1) .. ("="):rep(3 - #three)
  end))
end

local function from_base64(text)
  text = text:gsub("[^%w+/]", "")
  return (text:gsub("..?.?.?", function(four)
    local n = 0
    for i = 1, 4 do
      local c = four:sub(i, i)
      n = n << 6 | (c ~= "" and ALPHABET:find(c, 1, true) - 1 or 0)
    end
    return string.char(n >> 16, n >> 8 & 255, n & 255):sub(1, #four - 1)
  end))
end

local MONTHS <const> = "JanFebMarAprMayJunJulAugSepOctNovDec"

-- Returns the days from 1970 to the first of a month. The year of this calculation begins in March.
local function days_before(year, month)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local leaps <const> = year // 4 - year // 100 + year // 400
  return 365 * year + leaps + (153 * (month - 3) + 2) // 5 - 719468
end

local ssl
local pem = {}

--- The first and the last line of a certificate in PEM.
-- @value string PEM_HEADER
-- @value string PEM_FOOTER
pem.PEM_HEADER = "-----BEGIN CERTIFICATE-----"
pem.PEM_FOOTER = "-----END CERTIFICATE-----"

--- Converts a certificate from DER to PEM.
-- @function DER_cert_to_PEM_cert
-- @tparam string der_cert_bytes
-- @treturn string
-- @see Python's ssl.DER_cert_to_PEM_cert
function pem.DER_cert_to_PEM_cert(der_cert_bytes)
  check_string("DER_cert_to_PEM_cert", "der_cert_bytes", der_cert_bytes)
  local lines = { pem.PEM_HEADER }
  for line in to_base64(der_cert_bytes):gmatch(("."):rep(64, "?") .. "?") do
    if line ~= "" then lines[#lines + 1] = line end
  end
  lines[#lines + 1] = pem.PEM_FOOTER
  return table.concat(lines, "\n") .. "\n"
end

--- Converts a certificate from PEM to DER.
-- @function PEM_cert_to_DER_cert
-- @tparam string pem_cert_string
-- @treturn string
-- @see Python's ssl.PEM_cert_to_DER_cert
function pem.PEM_cert_to_DER_cert(pem_cert_string)
  check_string("PEM_cert_to_DER_cert", "pem_cert_string", pem_cert_string)
  local text = pem_cert_string:match("^%s*" .. pem.PEM_HEADER:gsub("%-", "%%-") .. "(.*)"
    .. pem.PEM_FOOTER:gsub("%-", "%%-") .. "%s*$")
  if not text then
    core.argerror(1, "PEM_cert_to_DER_cert",
      ("a text from %s to %s expected"):format(pem.PEM_HEADER, pem.PEM_FOOTER))
  end
  return from_base64(text)
end

--- Converts a date of a certificate into seconds since 1970.
-- @function cert_time_to_seconds
-- @tparam string cert_time a date as `getpeercert` returns it: `"Jan  5 09:34:43 2018 GMT"`
-- @treturn integer
-- @see Python's ssl.cert_time_to_seconds
function pem.cert_time_to_seconds(cert_time)
  local month, day, hour, minute, second, year =
    tostring(cert_time):match("^(%a%a%a) +(%d+) (%d+):(%d+):(%d+) (%d+) GMT$")
  local place = month and MONTHS:find(month, 1, true)
  if not place or place % 3 ~= 1 then
    local message = "a date like 'Jan  5 09:34:43 2018 GMT' expected, got "
    core.argerror(1, "cert_time_to_seconds", message .. core.describe(cert_time))
  end
  local days = days_before(tonumber(year), place // 3 + 1) + tonumber(day) - 1
  return ((days * 24 + tonumber(hour)) * 60 + tonumber(minute)) * 60 + tonumber(second)
end

--- Returns the certificate of a server in PEM. The certificate is verified only if `ca_certs` is
-- given.
-- @function get_server_certificate
-- @async
-- @tparam address addr
-- @tparam[opt=PROTOCOL_TLS_CLIENT] integer ssl_version `PROTOCOL_*`
-- @tparam[opt] string ca_certs a PEM file of trusted authorities
-- @tparam[opt] number timeout seconds; nil: the default timeout
-- @tparam[opt] table options the arguments above by name
-- @treturn string
-- @raise OSError, SSLError
-- @see Python's ssl.get_server_certificate
function pem.get_server_certificate(...)
  local parameters <const> = "addr{} ssl_version= ca_certs= timeout="
  local addr, version, ca_certs, timeout =
    core.arguments("get_server_certificate", 4, parameters, ...)
  local context = ssl.SSLContext(version or ssl.PROTOCOL_TLS_CLIENT)
  context.check_hostname = false
  if ca_certs then
    context:load_verify_locations(ca_certs)
  else
    context.verify_mode = ssl.CERT_NONE
  end
  return cleanup.closing(function()
    local plain = socket.create_connection(addr, timeout)
    local s <close> = context:wrap_socket(plain, { server_hostname = addr[1] })
    return pem.DER_cert_to_PEM_cert(s:getpeercert(true))
  end)
end

-- Adds these names to the module.
return function(module)
  ssl = module
  for name, value in pairs(pem) do module[name] = value end
end
