-- LuaSec's contexts: makes an SSLContext with OpenSSL's own defaults from a table of settings.
-- Without a setting for it, nothing is verified: neither certificates nor host names.

local core = require "pysocket.core"
local ssl = require "pysocket.ssl"

local luasec <const> = require("pysocket._ssl").luasec
local choose_alpn <const> = require("pysocket._ssl").choose_alpn

local context = { bits = {}, curves = luasec.curves() }

-- The mode of each context, `"client"` or `"server"`; nil before `setmode`.
local modes <const> = setmetatable({}, { __mode = "k" })

local TLSVersion <const> = ssl.TLSVersion

local PROTOCOLS <const> = {
  any = { 0, 0 },
  sslv23 = { 0, 0 },
  tlsv1 = { TLSVersion.TLSv1, TLSVersion.TLSv1 },
  tlsv1_1 = { TLSVersion.TLSv1_1, TLSVersion.TLSv1_1 },
  tlsv1_2 = { TLSVersion.TLSv1_2, TLSVersion.TLSv1_2 },
  tlsv1_3 = { TLSVersion.TLSv1_3, TLSVersion.TLSv1_3 },
}

-- Options of older versions of OpenSSL, which have no effect any more.
local PAST <const> = [[
  ephemeral_rsa microsoft_big_sslv3_buffer microsoft_sess_id_bug msie_sslv2_rsa_padding
  netscape_ca_dn_bug netscape_challenge_bug netscape_demo_cipher_change_bug
  netscape_reuse_cipher_change_bug no_sslv2 pkcs1_check_1 pkcs1_check_2 safari_ecdhe_ecdsa_bug
  single_dh_use single_ecdh_use ssleay_080_client_dh_bug sslref2_reuse_cert_type_bug
  tls_block_padding_bug tls_d5_bug
]]

for name in PAST:gmatch("%S+") do context.bits[name] = 0 end
for name, bits in pairs(luasec.option_bits) do context.bits[name] = bits end
for _, name in ipairs({ "X25519", "X448", "P-256", "P-384", "P-521" }) do
  context.curves[name] = true
end

local function check_string(arg, name, value)
  if type(value) == "string" then return end
  core.argerror(arg, name, "string expected, got " .. (value == nil and "nil" or type(value)))
end

-- Returns a setting that is a value or a sequence of values as a sequence.
local function list_of(value)
  return type(value) == "table" and value or { value }
end

--- LuaSec's module `ssl.context`: the steps of `newcontext`. Each function returns true, or false
-- and a message.
function context.create(protocol)
  check_string(1, "create", protocol)
  local versions <const> = PROTOCOLS[protocol]
  local made = versions and luasec.new(versions[1], versions[2])
  if not made then return nil, ("invalid protocol (%s)"):format(protocol) end
  return made
end

function context.setmode(self, mode)
  check_string(2, "setmode", mode)
  if mode ~= "client" and mode ~= "server" then
    return false, ("invalid mode (%s)"):format(mode)
  end
  modes[self] = mode
  return true
end

function context.loadkey(self, path, password)
  return luasec.key(self, path, password)
end

context.loadcert = luasec.certificate
context.checkkey = luasec.check_key
context.locations = luasec.locations
context.setcipher = luasec.ciphers
context.setciphersuites = luasec.ciphersuites

-- Returns the set of the given options, all of which must be in a list of words; or nil and a
-- message.
local function options_of(words, ...)
  local set <const> = {}
  for _, name in ipairs({ ... }) do
    if not (" " .. words .. " "):find(" " .. tostring(name) .. " ", 1, true) then
      return nil, ("invalid verify option (%s)"):format(tostring(name))
    end
    set[name] = true
  end
  return set
end

function context.setverify(self, ...)
  local given, err = options_of("none peer client_once fail_if_no_peer_cert", ...)
  if not given then return false, err end
  luasec.verify(self, given.peer, given.client_once, given.fail_if_no_peer_cert)
  return true
end

function context.setverifyext(self, ...)
  local given, err =
    options_of("lsec_continue lsec_ignore_purpose crl_check crl_check_chain", ...)
  if not given then return false, err end
  local flags <const> = (given.crl_check and ssl.VERIFY_CRL_CHECK_LEAF or 0)
    | (given.crl_check_chain and ssl.VERIFY_CRL_CHECK_CHAIN or 0)
  luasec.verify_further(self, flags, given.lsec_continue, given.lsec_ignore_purpose)
  return true
end

function context.setoptions(self, ...)
  local bits = 0
  for _, name in ipairs({ ... }) do
    if not context.bits[name] then return false, ("invalid option (%s)"):format(name) end
    bits = bits | context.bits[name]
  end
  luasec.options(self, bits)
  return true
end

function context.setdepth(self, depth)
  luasec.depth(self, depth)
  return true
end

-- OpenSSL no longer calls a function, so it is called once, for a length that every client accepts.
function context.setdhparam(self, callback)
  local text <const> = callback(false, 2048)
  return type(text) == "string" and luasec.dh(self, text)
end

function context.setcurve(self, curve)
  if luasec.groups(self, curve) then return true end
  return false, ("elliptic curve '%s' not supported"):format(curve)
end

function context.setcurveslist(self, list)
  if luasec.groups(self, list) then return true end
  return false, ('unknown elliptic curve in "%s"'):format(list)
end

-- Returns the message for an invalid list of protocols; nil for a valid list.
local function fault_of(list)
  for _, name in ipairs(list) do
    if type(name) ~= "string" then return "invalid ALPN name (no string)" end
    if name == "" then return "invalid ALPN name (empty string)" end
    if #name > 255 then return "invalid ALPN name (length > 255)" end
  end
  return #list == 0 and "invalid ALPN list (empty)" or nil
end

local function set_alpn(self, mode, alpn)
  if mode == "server" and type(alpn) == "function" then
    choose_alpn(self, function(offered)
      local chosen <const> = alpn(offered)
      return type(chosen) == "string" and { chosen } or chosen
    end)
    return true
  end
  if type(alpn) ~= "table" and (type(alpn) ~= "string" or mode == "server") then
    return false, "invalid ALPN parameter"
  end
  local list <const> = list_of(alpn)
  local fault <const> = fault_of(list)
  if fault then return false, fault end
  self:set_alpn_protocols(list)
  return true
end

-- Loads the key and the certificate of the settings.
local function load_pair(self, given)
  if given.key then
    local kind <const> = type(given.password)
    if given.password and kind ~= "string" and kind ~= "function" then
      return false, "invalid password type"
    end
    local ok, err = context.loadkey(self, given.key, given.password)
    if not ok then return false, err end
  end
  if not given.certificate then return true end
  local ok, err = context.loadcert(self, given.certificate)
  if not ok then return false, err end
  if given.key and not context.checkkey(self) then
    return false, "private key does not match public key"
  end
  return true
end

-- Wraps a function of several arguments, for a setting that is a value or a sequence.
local function spread(f)
  return function(self, value)
    return f(self, table.unpack(list_of(value)))
  end
end

-- The functions that apply the settings, in the order of their calls.
local SETTINGS <const> = {
  { "ciphers", context.setcipher },
  { "ciphersuites", context.setciphersuites },
  { "verify", spread(context.setverify) },
  { "options", spread(context.setoptions) },
  { "depth", context.setdepth },
  { "dhparam", function(self, value)
    if type(value) ~= "function" then return false, "invalid DH parameter type" end
    context.setdhparam(self, value)
    return true
  end },
  { "curveslist", context.setcurveslist },
  { "curve", function(self, value, given)
    if given.curveslist then return true end
    return context.setcurve(self, value)
  end },
  { "verifyext", spread(context.setverifyext) },
  { "alpn", function(self, value, given) return set_alpn(self, given.mode, value) end },
}

function context.new(given)
  local self, err = context.create(given.protocol)
  if not self then return nil, err end
  local ok
  ok, err = context.setmode(self, given.mode)
  if not ok then return nil, err end
  for _, each in ipairs(given.certificates or { given }) do
    ok, err = load_pair(self, each)
    if not ok then return nil, err end
  end
  if given.cafile or given.capath then
    ok, err = context.locations(self, given.cafile, given.capath)
    if not ok then return nil, err end
  end
  for _, setting in ipairs(SETTINGS) do
    local value <const> = given[setting[1]]
    if value then
      ok, err = setting[2](self, value, given)
      if not ok then return nil, err end
    end
  end
  return self
end

-- Returns whether the context is for servers; raises an argument error for any other value.
function context.is_server(self)
  local mode <const> = modes[self]
  if not mode then core.argerror(1, "create", "invalid context") end
  return mode == "server"
end

return context
