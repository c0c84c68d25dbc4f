-- LuaSec's module `ssl`, for programs written for LuaSec, over this library's TLS. The functions
-- that send and receive are those of LuaSocket's objects, in C (src/luasocket/).

local context = require "pysocket.luasocket.context"
local core = require "pysocket.core"
local native = require "pysocket.luasocket.native"
local pyssl = require "pysocket.ssl"
local tls = require "pysocket._ssl"

local luasec <const> = tls.luasec
local methods <const> = native.tls_methods

--- LuaSec's functions. LuaSec's manual describes those that are not listed here.
-- @value string _VERSION the version of LuaSec's interface
-- @value string _COPYRIGHT
-- @value table config the supported `protocols`, `options`, `algorithms`, `curves` and
-- `capabilities`
local ssl = {
  _VERSION = "1.2.0",
  _COPYRIGHT = "LuaSec's interface by pysocket",
  config = {
    protocols = { tlsv1 = true, tlsv1_1 = true, tlsv1_2 = true, tlsv1_3 = true },
    options = {},
    algorithms = { ec = true },
    curves = context.curves,
    capabilities = { alpn = true, curves_list = true, ecdh_auto = true },
  },
  loadcertificate = luasec.load_certificate,
}

for name in pairs(context.bits) do ssl.config.options[name] = true end

--- Creates a context from settings.
-- @function newcontext
-- @tparam table cfg `mode` (`"client"`, `"server"`), `protocol` (`"any"`, `"tlsv1_2"`, `"tlsv1_3"`,
-- ...), and LuaSec's other settings: `key`, `certificate`, `password`, `certificates`, `cafile`,
-- `capath`, `ciphers`, `ciphersuites`, `verify`, `verifyext`, `options`, `depth`, `dhparam`,
-- `curve`, `curveslist`, `alpn`. Without `verify`, nothing is verified
-- @treturn ?SSLContext
-- @treturn ?string the message, after nil
function ssl.newcontext(cfg)
  return context.new(cfg)
end

-- Creates a connection without a descriptor.
local function create(ctx)
  local socket <const> = luasec.connection(ctx, context.is_server(ctx))
  tls.begin(socket)
  return native.tls(socket)
end

--- Makes a TLS connection of a LuaSocket object, whose descriptor it takes over. The handshake is a
-- separate call.
-- @function wrap
-- @tparam conn sock
-- @tparam table|SSLContext cfg the settings as for `newcontext`, or a context
-- @treturn ?connection
-- @treturn ?string the message, after nil
function ssl.wrap(sock, cfg)
  local ctx = cfg
  if type(cfg) == "table" then
    local made, err = ssl.newcontext(cfg)
    if not made then return nil, err end
    ctx = made
  end
  local conn <const> = create(ctx)
  conn:setfd(sock:getfd())
  sock:setfd(-1)
  return conn
end

--- A connection of LuaSec. Of the methods of a `conn`, it has those that send and receive, and
-- those about the object: `close`, `dirty`, `getfd`, `getstats`, `receive`, `send`, `setfd`,
-- `setstats`, `settimeout`. In place of `"timeout"`, it returns `"wantread"` or `"wantwrite"`.
-- @class connection

local names <const> = setmetatable({}, { __mode = "k" }) -- the tables of `sni`, by SSLSocket

local function choose_context(socket, name)
  local known <const> = names[socket]
  if not known or not name then return nil end
  if known.map[name] then
    socket.context = known.map[name]
  elseif known.strict then
    return pyssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
  end
end

--- Sets the host name that a client asks for, or the host names of a server. Call it before the
-- handshake.
-- @function connection:sni
-- @tparam string|table name the name; for a server a table of contexts by name
-- @tparam[opt=false] boolean strict whether a name that is not in the table ends the handshake
function methods:sni(name, strict)
  local socket <const> = native.tls_socket(self)
  if type(name) == "table" then
    names[socket] = { map = name, strict = strict }
    socket.context.sni_callback = choose_context
  else
    luasec.name(socket, name)
  end
end

--- Returns the host name that the client asked for.
-- @function connection:getsniname
-- @treturn ?string
function methods:getsniname()
  return luasec.server_name(native.tls_socket(self))
end

--- Returns the protocol that both sides agreed on (ALPN).
-- @function connection:getalpn
-- @treturn ?string
function methods:getalpn()
  return (native.tls_socket(self)):selected_alpn_protocol()
end

-- Makes a method of a function of an SSLSocket; before the handshake, the method fails.
local function shaken(f)
  return function(self, ...)
    local socket, ready = native.tls_socket(self)
    if not ready then return nil, "closed" end
    return f(socket, ...)
  end
end

--- Returns a certificate of the peer.
-- @function connection:getpeercertificate
-- @tparam[opt=1] integer n 1: the peer's own certificate; 2 and above: the other certificates that
-- it sent
-- @treturn ?certificate
-- @treturn ?string a message after nil, if there is one
methods.getpeercertificate = shaken(function(socket, n)
  n = n or 1
  if type(n) ~= "number" then
    core.argerror(1, "getpeercertificate", "number expected, got " .. type(n))
  end
  if n < 1 then return nil, "invalid certificate index" end
  return luasec.peer_certificate(socket, math.tointeger(n) or n // 1 | 0)
end)

--- Returns the certificates that the peer sent.
-- @function connection:getpeerchain
-- @treturn ?table a sequence of certificates
-- @treturn ?string the message, after nil
methods.getpeerchain = shaken(function(socket)
  local chain = {}
  repeat
    chain[#chain + 1] = luasec.peer_certificate(socket, #chain + 1)
    local more <const> = luasec.peer_certificate(socket, #chain + 1)
  until not more
  return chain
end)

--- Returns whether the peer's certificate was verified.
-- @function connection:getpeerverification
-- @treturn boolean
-- @treturn ?string|table after false a message; if the context has `verifyext`, a table of the
-- errors of each certificate, by its depth + 1
function methods:getpeerverification()
  local socket, ready = native.tls_socket(self)
  if not ready then return false, "closed" end
  return luasec.verification(socket)
end

--- Returns the Finished message that this side sent in the handshake.
-- @function connection:getfinished
-- @treturn ?string
-- @treturn ?string the message, after nil
methods.getfinished = shaken(luasec.finished)

--- Returns the Finished message that the peer sent in the handshake.
-- @function connection:getpeerfinished
-- @treturn ?string
-- @treturn ?string the message, after nil
methods.getpeerfinished = shaken(luasec.peer_finished)

--- Returns bytes that only the two ends of this connection can compute (RFC 5705).
-- @function connection:exportkeyingmaterial
-- @tparam string label
-- @tparam integer length the number of bytes
-- @tparam[opt] string context
-- @treturn ?string
-- @treturn ?string the message, after nil
methods.exportkeyingmaterial = shaken(luasec.export)

local CIPHER <const> = "^(%S+)%s+(%S+)%s+Kx=(%S+)%s+Au=(%S+)%s+Enc=(%S+)%s+Mac=(%S+)"

--- Returns the cipher and the protocol of the connection.
-- @function connection:info
-- @tparam[opt] string field a field of the table; nil: the whole table
-- @treturn ?table|string with `cipher`, `protocol`, `key`, `authentication`, `encryption`, `mac`,
-- `bits`, `algbits`, `export`
-- @treturn ?string the message, after nil
methods.info = shaken(function(socket, field)
  local text, bits, algbits, protocol = luasec.info(socket)
  local cipher, _, key, authentication, encryption, mac = text:match(CIPHER)
  local info <const> = {
    cipher = cipher,
    protocol = protocol,
    key = key,
    authentication = authentication,
    encryption = encryption,
    mac = mac,
    bits = bits,
    algbits = algbits,
    export = false,
  }
  if field then return info[field] end
  return info
end)

--- Returns the compression method: nil, because TLS no longer compresses.
-- @function connection:compression
-- @treturn nil
-- @treturn ?string a message before the handshake
methods.compression = shaken(function()
  return nil
end)

-- LuaSec's modules by name.
ssl.modules = {
  ["ssl"] = ssl,
  ["ssl.config"] = ssl.config,
  ["ssl.context"] = context,
  ["ssl.x509"] = { load = ssl.loadcertificate },
  ["ssl.core"] = {
    SOCKET_INVALID = -1,
    create = create,
    setfd = methods.setfd,
    info = methods.info,
    compression = methods.compression,
    copyright = function()
      return ssl._COPYRIGHT
    end,
    setmethod = function(name, f)
      methods[name] = f
    end,
  },
}

return ssl
