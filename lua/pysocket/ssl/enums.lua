-- Python's enumerations of TLS, and the names of protocols.

local enums = require "pysocket.enums"

local VERSIONS <const> = {
  MINIMUM_SUPPORTED = -2,
  SSLv3 = 0x300,
  TLSv1 = 0x301,
  TLSv1_1 = 0x302,
  TLSv1_2 = 0x303,
  TLSv1_3 = 0x304,
  MAXIMUM_SUPPORTED = -1,
}

local PROTOCOLS <const> = "TLS TLSv1 TLSv1_1 TLSv1_2 TLS_CLIENT TLS_SERVER"

--- Python's enumerations, as tables in both directions: numbers by name, and names by number.
-- @value table AlertDescription the constants `ALERT_DESCRIPTION_*`
-- @value table Options the constants `OP_*`
-- @value table SSLErrorNumber the constants `SSL_ERROR_*`
-- @value table TLSVersion `TLSv1_2`, `TLSv1_3`, `MINIMUM_SUPPORTED`, `MAXIMUM_SUPPORTED`, ...
-- @value table VerifyFlags the constants `VERIFY_*`
-- @value table VerifyMode the constants `CERT_*`
return function(ssl)
  ssl.AlertDescription = enums.enum("ALERT_DESCRIPTION_", ssl)
  ssl.Options = enums.enum("OP_", ssl)
  ssl.SSLErrorNumber = enums.enum("SSL_ERROR_", ssl)
  ssl.VerifyFlags = enums.enum("VERIFY_", ssl)
  ssl.VerifyMode = enums.enum("CERT_", ssl)
  ssl.TLSVersion = {}
  for name, number in pairs(VERSIONS) do
    ssl.TLSVersion[name], ssl.TLSVersion[number] = number, name
  end

  local names = {}
  for name in PROTOCOLS:gmatch("%S+") do
    names[ssl["PROTOCOL_" .. name]] = "PROTOCOL_" .. name
  end

  --- Returns the name of a `PROTOCOL_*` constant.
  -- @function get_protocol_name
  -- @tparam integer protocol_code
  -- @treturn string `"<unknown>"` for any other number
  -- @see Python's ssl.get_protocol_name
  function ssl.get_protocol_name(protocol_code)
    return names[protocol_code] or "<unknown>"
  end
end
