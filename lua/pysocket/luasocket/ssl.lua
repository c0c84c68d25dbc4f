-- LuaSec's module `ssl`, for programs that are written for it, over this library's TLS. Bytes move
-- by the functions in C of every object of LuaSocket's (src/luasocket/).

local context = require "pysocket.luasocket.context"
local core = require "pysocket.core"
local native = require "pysocket.luasocket.native"
local pyssl = require "pysocket.ssl"
local tls = require "pysocket._ssl"

local luasec <const> = tls.luasec
local methods <const> = native.tls_methods

--- LuaSec's functions. What is not described here is as in LuaSec's manual.
-- @value string _VERSION LuaSec's, whose interface this is
-- @value string _COPYRIGHT
-- @value table config what there is: `protocols`, `options`, `algorithms`, `curves`, `capabilities`
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

--- The settings of connections.
-- @function newcontext
-- @tparam table cfg `mode` (`"client"`, `"server"`), `protocol` (`"any"`, `"tlsv1_2"`,
-- `"tlsv1_3"`, ...), and LuaSec's other settings: `key`, `certificate`, `password`,
-- `certificates`, `cafile`, `capath`, `ciphers`, `ciphersuites`, `verify`, `verifyext`, `options`,
-- `depth`, `dhparam`, `curve`, `curveslist`, `alpn`. Only `verify` has anything verified
-- @treturn ?SSLContext
-- @treturn ?string after nil a text
function ssl.newcontext(cfg)
  return context.new(cfg)
end

-- A connection without a descriptor.
local function create(ctx)
  local socket <const> = luasec.connection(ctx, context.is_server(ctx))
  tls.begin(socket)
  return native.tls(socket)
end

--- Makes a connection of TLS of one of LuaSocket's, whose descriptor it takes over. The handshake
-- is the next call.
-- @function wrap
-- @tparam conn sock
-- @tparam table|SSLContext cfg
-- @treturn ?connection
-- @treturn ?string after nil a text
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

--- A connection of LuaSec's. It has those methods of a `conn` that move bytes, or are about the
-- object: `close`, `dirty`, `getfd`, `getstats`, `receive`, `send`, `setfd`, `setstats`,
-- `settimeout`. Where a `conn` says `"timeout"` it says `"wantread"` or `"wantwrite"`.
-- @class connection

local names <const> = setmetatable({}, { __mode = "k" }) -- what servers know, by their SSLSocket

local function choose_context(socket, name)
  local known <const> = names[socket]
  if not known or not name then return nil end
  if known.map[name] then
    socket.context = known.map[name]
  elseif known.strict then
    return pyssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
  end
end

--- Before the handshake: says for which host a client asks, or which hosts a server has.
-- @function connection:sni
-- @tparam string|table name of a client; of a server a table of contexts by name
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

--- The name for which the client has asked.
-- @function connection:getsniname
-- @treturn ?string
function methods:getsniname()
  return luasec.server_name(native.tls_socket(self))
end

--- The protocol that both sides agreed on (ALPN).
-- @function connection:getalpn
-- @treturn ?string
function methods:getalpn()
  return (native.tls_socket(self)):selected_alpn_protocol()
end

-- A function of an SSLSocket as a method that fails before the handshake.
local function shaken(f)
  return function(self, ...)
    local socket, ready = native.tls_socket(self)
    if not ready then return nil, "closed" end
    return f(socket, ...)
  end
end

--- A certificate of the peer.
-- @function connection:getpeercertificate
-- @tparam[opt=1] integer n 1 is the peer's own, then come those that it sent with it
-- @treturn ?certificate
-- @treturn ?string after nil perhaps a text
methods.getpeercertificate = shaken(function(socket, n)
  n = n or 1
  if type(n) ~= "number" then
    core.argerror(1, "getpeercertificate", "number expected, got " .. type(n))
  end
  if n < 1 then return nil, "invalid certificate index" end
  return luasec.peer_certificate(socket, math.tointeger(n) or n // 1 | 0)
end)

--- The certificates that the peer has sent.
-- @function connection:getpeerchain
-- @treturn ?table a sequence of certificates
-- @treturn ?string after nil a text
methods.getpeerchain = shaken(function(socket)
  local chain = {}
  repeat
    chain[#chain + 1] = luasec.peer_certificate(socket, #chain + 1)
    local more <const> = luasec.peer_certificate(socket, #chain + 1)
  until not more
  return chain
end)

--- Whether the peer's certificate has been verified.
-- @function connection:getpeerverification
-- @treturn boolean
-- @treturn ?string|table after false a text; where the context has `verifyext`, a table of the
-- texts of each certificate's faults, by its depth + 1
function methods:getpeerverification()
  local socket, ready = native.tls_socket(self)
  if not ready then return false, "closed" end
  return luasec.verification(socket)
end

--- The bytes with which this side has ended the handshake.
-- @function connection:getfinished
-- @treturn ?string
-- @treturn ?string after nil a text
methods.getfinished = shaken(luasec.finished)

--- The bytes with which the peer has ended the handshake.
-- @function connection:getpeerfinished
-- @treturn ?string
-- @treturn ?string after nil a text
methods.getpeerfinished = shaken(luasec.peer_finished)

--- Bytes that both ends of this connection can make, and nobody else (RFC 5705).
-- @function connection:exportkeyingmaterial
-- @tparam string label
-- @tparam integer length
-- @tparam[opt] string context
-- @treturn ?string
-- @treturn ?string after nil a text
methods.exportkeyingmaterial = shaken(luasec.export)

local CIPHER <const> = "^(%S+)%s+(%S+)%s+Kx=(%S+)%s+Au=(%S+)%s+Enc=(%S+)%s+Mac=(%S+)"

--- What protects the connection.
-- @function connection:info
-- @tparam[opt] string field the one that is wanted alone
-- @treturn ?table|string with `cipher`, `protocol`, `key`, `authentication`, `encryption`, `mac`,
-- `bits`, `algbits`, `export`
-- @treturn ?string after nil a text
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

--- How bytes are compressed: TLS does not, any more.
-- @function connection:compression
-- @treturn nil
-- @treturn ?string a text before the handshake
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
