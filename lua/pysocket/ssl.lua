-- Python's `ssl` module: TLS. Contexts, connections and certificates are in C (src/tls/); this file
-- contains the functions that combine them.

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"
local socket = require "pysocket"

local ok, tls = pcall(require, "pysocket._ssl")
if not ok or type(tls) ~= "table" then
  local why = "pysocket was built without TLS: build it where OpenSSL's headers are (%s)"
  error(why:format(tls), 0)
end
local ssl = tls.module
if ssl.create_default_context then return ssl end -- the module is open in this state already

local SSLContext <const>, SSLSocket <const> = ssl.SSLContext, ssl.SSLSocket

--- Constants for contexts.
-- @value table socket the module `pysocket`
-- @value table Purpose `SERVER_AUTH`: for a client, which verifies servers; `CLIENT_AUTH`: for a
-- server
-- @value integer SOCK_STREAM
-- @value integer SOL_SOCKET
-- @value integer SO_TYPE
ssl.socket = socket
ssl.Purpose = { SERVER_AUTH = "SERVER_AUTH", CLIENT_AUTH = "CLIENT_AUTH" }
ssl.SOCK_STREAM, ssl.SOL_SOCKET, ssl.SO_TYPE = core.SOCK_STREAM, core.SOL_SOCKET, core.SO_TYPE

-- Contexts.

--- A context: the settings, certificates and trusted authorities of connections.
-- @class SSLContext
-- @tfield integer verify_mode `CERT_NONE`, `CERT_OPTIONAL` or `CERT_REQUIRED`
-- @tfield boolean check_hostname whether the peer's certificate has to match the host name
-- @tfield integer verify_flags `VERIFY_*`
-- @tfield integer options `OP_*`
-- @tfield integer minimum_version `TLSVersion.*`
-- @tfield integer maximum_version `TLSVersion.*`
-- @tfield integer num_tickets the number of sessions that a server offers per connection (TLS 1.3)
-- @tfield boolean post_handshake_auth whether a server may ask for a certificate after the
-- handshake
-- @tfield boolean hostname_checks_common_name whether the name in a certificate's subject counts if
-- the certificate has no alternative names
-- @tfield ?string keylog_filename a file to which the secrets of connections are appended, for
-- programs that decrypt recorded traffic
-- @tfield ?function(connection:SSLSocket,name:?string,context:SSLContext) sni_callback called in
-- the handshake of a server with the host name that the client asks for. It may set the field
-- `context` of the connection. It returns nil, or an `ALERT_DESCRIPTION_*` that ends the handshake.
-- An error in it ends the handshake, which raises the error. It cannot yield
-- @tfield integer security_level the security level of OpenSSL; read-only
-- @tfield integer protocol `PROTOCOL_*`; read-only

setmetatable(SSLContext, {
  __call = function(_, ...)
    return tls.new_context(...)
  end,
})

function SSLContext:load_cert_chain(...)
  local parameters <const> = "certfile keyfile= password="
  return tls.load_cert_chain(self, core.arguments("load_cert_chain", 3, parameters, ...))
end

--- Trusts the authorities in a PEM file, in a folder prepared by OpenSSL's `rehash`, or in a string
-- of PEM or DER. Each may also contain lists of revoked certificates.
-- @function SSLContext:load_verify_locations
-- @tparam[opt] string cafile the PEM file
-- @tparam[opt] string capath the folder
-- @tparam[opt] string cadata the string
-- @tparam[opt] table options the arguments above by name
-- @raise OSError if the file cannot be read; SSLError
-- @see Python's SSLContext.load_verify_locations
function SSLContext:load_verify_locations(...)
  local cafile, capath, cadata =
    core.arguments("load_verify_locations", 3, "cafile= capath= cadata=", ...)
  if not (cafile or capath or cadata) then
    core.argerror(1, "load_verify_locations", "cafile, capath or cadata expected, got none")
  end
  return tls.load_verify_locations(self, cafile, capath, cadata)
end

-- The purposes of a certificate by which peers of that kind are verified.
local PURPOSE_OIDS <const> = {
  SERVER_AUTH = "1.3.6.1.5.5.7.3.1",
  CLIENT_AUTH = "1.3.6.1.5.5.7.3.2",
}

-- Trusts the certificates in a store of the system that are good for that purpose. As in Python, a
-- certificate that OpenSSL cannot read is left out.
local function load_store(context, name, oid)
  local trust_in = core.protect(tls.load_verify_locations)
  for _, entry in ipairs(ssl.enum_certificates(name)) do
    local certificate, encoding, trust = table.unpack(entry)
    if encoding == "x509_asn" and (trust == true or trust[oid]) then
      trust_in(context, nil, nil, certificate)
    end
  end
end

--- Trusts the authorities of the system: those of `SSL_CERT_FILE` and `SSL_CERT_DIR` in the
-- environment, or else those of OpenSSL's configuration; on Windows also those in the system's
-- stores "CA" and "ROOT". If the system has none, a later verification fails and its error says so.
-- @function SSLContext:load_default_certs
-- @tparam[opt=Purpose.SERVER_AUTH] string purpose
-- @raise SSLError
-- @see Python's SSLContext.load_default_certs
function SSLContext:load_default_certs(purpose)
  if ssl.enum_certificates then
    local oid = PURPOSE_OIDS[purpose or ssl.Purpose.SERVER_AUTH]
    for _, name in ipairs({ "CA", "ROOT" }) do load_store(self, name, oid) end
  end
  self:set_default_verify_paths()
end

--- Sets `sni_callback`, under Python's older name.
-- @function SSLContext:set_servername_callback
-- @tparam ?function(connection:SSLSocket,name:?string,context:SSLContext) server_name_callback
-- @see Python's SSLContext.set_servername_callback
function SSLContext:set_servername_callback(server_name_callback)
  self.sni_callback = server_name_callback
end

local WRAPPING <const> = "sock server_side= do_handshake_on_connect= suppress_ragged_eofs= "
  .. "server_hostname= session="

local function check_hostname(self, arg, name, server_side, hostname)
  if server_side and hostname then
    core.argerror(arg, name, "server_hostname can only be specified in client mode")
  elseif not server_side and self.check_hostname and not hostname then
    core.argerror(arg, name, "check_hostname requires server_hostname")
  elseif hostname and (hostname == "" or hostname:sub(1, 1) == ".") then
    core.argerror(arg, name, "server_hostname cannot be an empty string or start with a dot")
  end
end

local function is_connected(s)
  return core.protect(s.getpeername)(s) ~= nil
end

-- Starts TLS on a connection; closes the connection if that fails.
local function begin(s, handshake)
  local made <close> = cleanup.undo(s)
  tls.begin(s)
  if handshake then s:do_handshake() end
  made.socket = nil
  return s
end

--- Makes an `SSLSocket` of a socket, whose descriptor it takes over. The handshake is performed
-- at once if the socket is connected, and by `connect` if not. On the connections that a TLS
-- listener accepts, the first call that sends or receives performs it.
-- @function SSLContext:wrap_socket
-- @async
-- @tparam socket sock a stream socket
-- @tparam[opt=false] boolean server_side
-- @tparam[opt=true] boolean do_handshake_on_connect
-- @tparam[opt=true] boolean suppress_ragged_eofs whether a stream that ends without TLS's
-- close_notify ends as any other stream
-- @tparam[opt] string server_hostname the host name that the peer's certificate has to match
-- @tparam[opt] SSLSession session a session to resume
-- @tparam[opt] table options the arguments above by name
-- @treturn SSLSocket
-- @raise SSLError, also if a file of the socket has bytes in its receive buffer;
-- SSLCertVerificationError, timeout
-- @see Python's SSLContext.wrap_socket
function SSLContext:wrap_socket(...)
  local sock, server_side, handshake, suppress, hostname, session =
    core.arguments("wrap_socket", 6, WRAPPING, ...)
  handshake, suppress = handshake ~= false, suppress ~= false
  if not core.isinstance(sock, core.socket) or core.isinstance(sock, SSLSocket) then
    core.argerror(1, "wrap_socket", "socket expected, got " .. arguments.type_name(sock))
  elseif sock.type ~= core.SOCK_STREAM then
    core.argerror(1, "wrap_socket", "only stream sockets are supported")
  end
  check_hostname(self, 5, "wrap_socket", server_side, hostname)
  local connected <const> = is_connected(sock)
  if connected and handshake and sock:gettimeout() == 0 then
    local message = "do_handshake_on_connect should not be specified for non-blocking sockets"
    core.argerror(3, "wrap_socket", message)
  end
  local s = tls.wrap(self, sock, server_side, hostname, suppress, handshake, session)
  if not connected then return s end
  return cleanup.closing(begin, s, handshake)
end

setmetatable(ssl.MemoryBIO, {
  __call = function()
    return tls.new_memory()
  end,
})

--- Creates a TLS connection without a socket, for programs with a transport of their own. The
-- program writes the peer's data to `incoming`, and sends the data in `outgoing` to the peer.
-- @function SSLContext:wrap_bio
-- @tparam MemoryBIO incoming
-- @tparam MemoryBIO outgoing
-- @tparam[opt=false] boolean server_side
-- @tparam[opt] string server_hostname the host name that the peer's certificate has to match
-- @tparam[opt] SSLSession session a session to resume
-- @tparam[opt] table options the arguments above by name
-- @treturn SSLObject
-- @raise SSLError
-- @see Python's SSLContext.wrap_bio
function SSLContext:wrap_bio(...)
  local parameters <const> = "incoming outgoing server_side= server_hostname= session="
  local incoming, outgoing, server_side, hostname, session =
    core.arguments("wrap_bio", 5, parameters, ...)
  check_hostname(self, 4, "wrap_bio", server_side, hostname)
  return tls.wrap_bio(self, incoming, outgoing, server_side, hostname, session)
end

--- Creates a context for clients or servers with safe settings: TLS 1.2 at least; clients verify
-- certificates and host names.
-- @function create_default_context
-- @tparam[opt=Purpose.SERVER_AUTH] string purpose `Purpose.SERVER_AUTH` for clients, which verify
-- servers; `Purpose.CLIENT_AUTH` for servers
-- @tparam[opt] table options `cafile`, `capath`, `cadata`: the trusted authorities, by default
-- those of the system. `SSLKEYLOGFILE` in the environment becomes the context's `keylog_filename`
-- @treturn SSLContext
-- @raise OSError if a file cannot be read; SSLError
-- @see Python's ssl.create_default_context
function ssl.create_default_context(...)
  local purpose, cafile, capath, cadata =
    core.arguments("create_default_context", 1, "purpose= cafile= capath= cadata=", ...)
  purpose = purpose or ssl.Purpose.SERVER_AUTH
  if not ssl.Purpose[purpose] then
    local message = "purpose must be a Purpose, got " .. core.describe(purpose)
    core.argerror(1, "create_default_context", message)
  end
  local client <const> = purpose == ssl.Purpose.SERVER_AUTH
  local context = SSLContext(client and ssl.PROTOCOL_TLS_CLIENT or ssl.PROTOCOL_TLS_SERVER)
  local strict <const> = ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
  context.verify_flags = context.verify_flags | strict
  if cafile or capath or cadata then
    context:load_verify_locations(cafile, capath, cadata)
  elseif client then
    context:load_default_certs(purpose)
  end
  context.keylog_filename = tls.keylog_file()
  return context
end

-- Connections.

--- A TLS connection: a socket whose data is encrypted. The methods of a socket that need a plain
-- socket (`recvfrom`, `sendto`, `sendmsg`, ...) raise an argument error.
-- @class SSLSocket : socket
-- @tfield SSLContext context may be replaced in `sni_callback`
-- @tfield boolean server_side
-- @tfield ?string server_hostname
-- @tfield ?SSLSession session may be set before the handshake
-- @tfield boolean session_reused

local REFUSED <const> = "recvfrom recvfrom_into recvmsg recvmsg_into recvmmsg recvmmsg_into "
  .. "sendto sendmsg sendmmsg dup"

for name in REFUSED:gmatch("%S+") do
  SSLSocket[name] = function()
    core.argerror(0, name, name .. " not allowed on instances of SSLSocket")
  end
end

--- Receives as `recv`, or, with a buffer, as `recv_into`.
-- @function SSLSocket:read
-- @async
-- @tparam[opt=1024] integer len the maximum number of bytes
-- @tparam[opt] bytearray buffer
-- @treturn string|integer the data, or the number of bytes in the buffer
-- @raise as `SSLSocket:recv`
-- @see Python's SSLSocket.read
function SSLSocket:read(len, buffer)
  if buffer == nil then return arguments.relay("read", {}, self.recv, self, len) end
  return arguments.relay("read", { 2, 1 }, self.recv_into, self, buffer, len)
end

--- Sends as `send`.
-- @function SSLSocket:write
-- @async
-- @tparam string|bytearray data
-- @treturn integer the number of bytes sent
-- @raise as `SSLSocket:send`
-- @see Python's SSLSocket.write
function SSLSocket:write(data)
  return arguments.relay("write", {}, self.send, self, data)
end

--- Connects, and performs the handshake if `do_handshake_on_connect` is set.
-- @function SSLSocket:connect
-- @async
-- @tparam address address
-- @raise as `socket:connect`; SSLError, SSLCertVerificationError
-- @see Python's SSLSocket.connect
function SSLSocket:connect(address)
  if self.server_side then
    core.argerror(0, "connect", "can't connect in server-side mode")
  end
  core.socket.connect(self, address)
  tls.begin(self)
  if self.do_handshake_on_connect then self:do_handshake() end
end

function SSLSocket:connect_ex(address)
  if self.server_side then
    core.argerror(0, "connect_ex", "can't connect in server-side mode")
  end
  local errno = core.socket.connect_ex(self, address)
  if errno == 0 then
    tls.begin(self)
    if self.do_handshake_on_connect then self:do_handshake() end
  end
  return errno
end

--- Accepts a TLS connection. The first call of the connection that sends or receives performs the
-- handshake, so that a silent client does not delay other clients.
-- @function SSLSocket:accept
-- @async
-- @treturn SSLSocket
-- @treturn ?address the client's address
-- @raise as `socket:accept`
-- @see Python's SSLSocket.accept
function SSLSocket:accept()
  local plain, address = core.socket.accept(self)
  return cleanup.closing(function()
    local made <close> = cleanup.undo(plain)
    local s = tls.wrap(self.context, plain, true, nil, self.suppress_ragged_eofs,
      self.do_handshake_on_connect)
    made.socket = s
    tls.begin(s)
    made.socket = nil
    return s, address
  end)
end

--- Ends TLS: sends close_notify, and waits for the peer's.
-- @function SSLSocket:unwrap
-- @async
-- @treturn socket a plain socket, which takes over the descriptor
-- @raise SSLError, timeout
-- @see Python's SSLSocket.unwrap
function SSLSocket:unwrap()
  self:end_tls()
  return tls.unwrap(self)
end

for _, file in ipairs({ "pem", "enums" }) do require("pysocket.ssl." .. file)(ssl) end

return ssl
