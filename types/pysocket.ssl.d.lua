---@meta pysocket.ssl
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.ssl
---@field socket table<string|integer, string|integer> # the module `pysocket`
---@field Purpose table<string|integer, string|integer> # `SERVER_AUTH`: for a client, which verifies servers; `CLIENT_AUTH`: for a server
---@field SOCK_STREAM integer
---@field SOL_SOCKET integer
---@field SO_TYPE integer
---@field AlertDescription table<string|integer, string|integer> # the constants `ALERT_DESCRIPTION_*`
---@field Options table<string|integer, string|integer> # the constants `OP_*`
---@field SSLErrorNumber table<string|integer, string|integer> # the constants `SSL_ERROR_*`
---@field TLSVersion table<string|integer, string|integer> # `TLSv1_2`, `TLSv1_3`, `MINIMUM_SUPPORTED`, `MAXIMUM_SUPPORTED`, ...
---@field VerifyFlags table<string|integer, string|integer> # the constants `VERIFY_*`
---@field VerifyMode table<string|integer, string|integer> # the constants `CERT_*`
---@field PEM_HEADER string
---@field PEM_FOOTER string
---@field CERT_NONE integer
---@field CERT_OPTIONAL integer
---@field CERT_REQUIRED integer
---@field PROTOCOL_TLS integer
---@field PROTOCOL_SSLv23 integer
---@field PROTOCOL_TLSv1 integer # that version alone; peers are not verified
---@field PROTOCOL_TLSv1_1 integer
---@field PROTOCOL_TLSv1_2 integer
---@field PROTOCOL_TLS_CLIENT integer
---@field PROTOCOL_TLS_SERVER integer
---@field SSL_ERROR_SSL integer
---@field SSL_ERROR_WANT_READ integer
---@field SSL_ERROR_WANT_WRITE integer
---@field SSL_ERROR_WANT_X509_LOOKUP integer
---@field SSL_ERROR_SYSCALL integer
---@field SSL_ERROR_ZERO_RETURN integer
---@field SSL_ERROR_WANT_CONNECT integer
---@field SSL_ERROR_EOF integer
---@field SSL_ERROR_INVALID_ERROR_CODE integer
---@field OP_ALL integer
---@field OP_NO_SSLv2 integer
---@field OP_NO_SSLv3 integer
---@field OP_NO_TLSv1 integer
---@field OP_NO_TLSv1_1 integer
---@field OP_NO_TLSv1_2 integer
---@field OP_NO_TLSv1_3 integer
---@field OP_CIPHER_SERVER_PREFERENCE integer
---@field OP_SINGLE_DH_USE integer
---@field OP_SINGLE_ECDH_USE integer
---@field OP_NO_TICKET integer
---@field OP_LEGACY_SERVER_CONNECT integer
---@field OP_NO_COMPRESSION integer
---@field OP_NO_RENEGOTIATION integer
---@field OP_ENABLE_MIDDLEBOX_COMPAT integer
---@field OP_IGNORE_UNEXPECTED_EOF integer
---@field OP_ENABLE_KTLS integer
---@field VERIFY_DEFAULT integer
---@field VERIFY_CRL_CHECK_LEAF integer
---@field VERIFY_CRL_CHECK_CHAIN integer
---@field VERIFY_X509_STRICT integer
---@field VERIFY_X509_TRUSTED_FIRST integer
---@field VERIFY_ALLOW_PROXY_CERTS integer
---@field VERIFY_X509_PARTIAL_CHAIN integer
---@field OPENSSL_VERSION_NUMBER integer
---@field ALERT_DESCRIPTION_ACCESS_DENIED integer
---@field ALERT_DESCRIPTION_BAD_CERTIFICATE integer
---@field ALERT_DESCRIPTION_BAD_CERTIFICATE_HASH_VALUE integer
---@field ALERT_DESCRIPTION_BAD_CERTIFICATE_STATUS_RESPONSE integer
---@field ALERT_DESCRIPTION_BAD_RECORD_MAC integer
---@field ALERT_DESCRIPTION_CERTIFICATE_EXPIRED integer
---@field ALERT_DESCRIPTION_CERTIFICATE_REVOKED integer
---@field ALERT_DESCRIPTION_CERTIFICATE_UNKNOWN integer
---@field ALERT_DESCRIPTION_CERTIFICATE_UNOBTAINABLE integer
---@field ALERT_DESCRIPTION_CLOSE_NOTIFY integer
---@field ALERT_DESCRIPTION_DECODE_ERROR integer
---@field ALERT_DESCRIPTION_DECOMPRESSION_FAILURE integer
---@field ALERT_DESCRIPTION_DECRYPT_ERROR integer
---@field ALERT_DESCRIPTION_HANDSHAKE_FAILURE integer
---@field ALERT_DESCRIPTION_ILLEGAL_PARAMETER integer
---@field ALERT_DESCRIPTION_INSUFFICIENT_SECURITY integer
---@field ALERT_DESCRIPTION_INTERNAL_ERROR integer
---@field ALERT_DESCRIPTION_NO_RENEGOTIATION integer
---@field ALERT_DESCRIPTION_PROTOCOL_VERSION integer
---@field ALERT_DESCRIPTION_RECORD_OVERFLOW integer
---@field ALERT_DESCRIPTION_UNEXPECTED_MESSAGE integer
---@field ALERT_DESCRIPTION_UNKNOWN_CA integer
---@field ALERT_DESCRIPTION_UNKNOWN_PSK_IDENTITY integer
---@field ALERT_DESCRIPTION_UNRECOGNIZED_NAME integer
---@field ALERT_DESCRIPTION_UNSUPPORTED_CERTIFICATE integer
---@field ALERT_DESCRIPTION_UNSUPPORTED_EXTENSION integer
---@field ALERT_DESCRIPTION_USER_CANCELLED integer
---@field HAS_SNI boolean
---@field HAS_ALPN boolean
---@field HAS_ECDH boolean
---@field HAS_TLSv1 boolean
---@field HAS_TLSv1_1 boolean
---@field HAS_TLSv1_2 boolean
---@field HAS_TLSv1_3 boolean
---@field HAS_PHA boolean
---@field HAS_NEVER_CHECK_COMMON_NAME boolean
---@field HAS_NPN boolean
---@field HAS_SSLv2 boolean
---@field HAS_SSLv3 boolean
---@field HAS_PSK boolean
---@field HAS_PSK_TLS13 boolean
---@field OPENSSL_VERSION string # the version of the library that is loaded
---@field OPENSSL_VERSION_INFO table<string|integer, string|integer> # the same as five numbers
---@field CertificateError pysocket.SSLCertVerificationError # `SSLCertVerificationError`, by Python's older name
local ssl = {}

---A context: the settings, certificates and trusted authorities of connections.
---@class pysocket.SSLContext
---@field verify_mode integer # `CERT_NONE`, `CERT_OPTIONAL` or `CERT_REQUIRED`
---@field check_hostname boolean # whether the peer's certificate has to match the host name
---@field verify_flags integer # `VERIFY_*`
---@field options integer # `OP_*`
---@field minimum_version integer # `TLSVersion.*`
---@field maximum_version integer # `TLSVersion.*`
---@field num_tickets integer # the number of sessions that a server offers per connection (TLS 1.3)
---@field post_handshake_auth boolean # whether a server may ask for a certificate after the handshake
---@field hostname_checks_common_name boolean # whether the name in a certificate's subject counts if the certificate has no alternative names
---@field keylog_filename string|nil # a file to which the secrets of connections are appended, for programs that decrypt recorded traffic
---@field sni_callback fun(connection: pysocket.SSLSocket, name: string|nil, context: pysocket.SSLContext)|nil # called in the handshake of a server with the host name that the client asks for. It may set the field `context` of the connection. It returns nil, or an `ALERT_DESCRIPTION_*` that ends the handshake. An error in it ends the handshake, which raises the error. It cannot yield
---@field security_level integer # the security level of OpenSSL; read-only
---@field protocol integer # `PROTOCOL_*`; read-only
local SSLContext = {}
ssl.SSLContext = SSLContext

---A TLS connection: a socket whose data is encrypted. The methods of a socket that need a
---plain socket (`recvfrom`, `sendto`, `sendmsg`, ...) raise an argument error.
---@class pysocket.SSLSocket: pysocket.Socket
---@field context pysocket.SSLContext # may be replaced in `sni_callback`
---@field server_side boolean
---@field server_hostname string|nil
---@field session pysocket.SSLSession|nil # may be set before the handshake
---@field session_reused boolean
local SSLSocket = {}
ssl.SSLSocket = SSLSocket

---A failure of TLS. `tostring` gives the position, the class and `strerror`.
---@class pysocket.SSLError: pysocket.OSError
---@field errno integer # `SSL_ERROR_*`
---@field library string|nil # the part of OpenSSL that failed: `"SSL"`, `"X509"`
---@field reason string|nil # the symbol of the reason: `"CERTIFICATE_VERIFY_FAILED"`
local SSLError = {}
ssl.SSLError = SSLError

---the peer has closed TLS in order
---@class pysocket.SSLZeroReturnError: pysocket.SSLError
local SSLZeroReturnError = {}
ssl.SSLZeroReturnError = SSLZeroReturnError

---the socket is non-blocking, and TLS needs to receive first
---@class pysocket.SSLWantReadError: pysocket.SSLError
local SSLWantReadError = {}
ssl.SSLWantReadError = SSLWantReadError

---the socket is non-blocking, and TLS needs to send first
---@class pysocket.SSLWantWriteError: pysocket.SSLError
local SSLWantWriteError = {}
ssl.SSLWantWriteError = SSLWantWriteError

---a system call failed
---@class pysocket.SSLSyscallError: pysocket.SSLError
local SSLSyscallError = {}
ssl.SSLSyscallError = SSLSyscallError

---the connection ended without the end of TLS: the stream may be truncated
---@class pysocket.SSLEOFError: pysocket.SSLError
local SSLEOFError = {}
ssl.SSLEOFError = SSLEOFError

---the peer's certificate was refused
---@class pysocket.SSLCertVerificationError: pysocket.SSLError
---@field verify_code integer # `X509_V_ERR_*`
---@field verify_message string
---@field subject string|nil # the subject of the certificate that was refused
local SSLCertVerificationError = {}
ssl.SSLCertVerificationError = SSLCertVerificationError

---Bytes in memory, between an `SSLObject` and a transport. `ssl.MemoryBIO()` makes one.
---@class pysocket.MemoryBIO
---@field pending integer # bytes that are there
---@field eof boolean # whether `write_eof` was called and nothing is left
local MemoryBIO = {}
ssl.MemoryBIO = MemoryBIO

---A connection of TLS that reads from a `MemoryBIO` and writes to another one. It has those
---methods of an `SSLSocket` that need no socket: `cipher`, `getpeercert`, `pending`,
---`selected_alpn_protocol`, `version`, ...
---@class pysocket.SSLObject
---@field context pysocket.SSLContext
---@field server_side boolean
---@field server_hostname string|nil
---@field session pysocket.SSLSession|nil
---@field session_reused boolean
local SSLObject = {}
ssl.SSLObject = SSLObject

---What a later connection resumes from: the option `session` of `wrap_socket`.
---@class pysocket.SSLSession
---@field id string
---@field time integer # when it began, in seconds since 1970
---@field timeout integer # seconds
---@field ticket_lifetime_hint integer # seconds
---@field has_ticket boolean
local SSLSession = {}
ssl.SSLSession = SSLSession

---Where OpenSSL looks for the authorities of the system: what `get_default_verify_paths`
---returns.
---@class pysocket.DefaultVerifyPaths
---@field cafile string|nil # the file; nil where there is none
---@field capath string|nil # the folder; nil where there is none
---@field openssl_cafile string # where OpenSSL looks for the file
---@field openssl_cafile_env string # the name in the environment that says so instead
---@field openssl_capath string # where OpenSSL looks for the folder
---@field openssl_capath_env string # the name in the environment that says so instead
local DefaultVerifyPaths = {}
ssl.DefaultVerifyPaths = DefaultVerifyPaths

---Creates a context for clients or servers with safe settings: TLS 1.2 at least; clients
---verify certificates and host names.
---@param purpose? string|table (Purpose.SERVER_AUTH) `Purpose.SERVER_AUTH` for clients, which verify servers; `Purpose.CLIENT_AUTH` for servers
---@param options? table `cafile`, `capath`, `cadata`: the trusted authorities, by default those of the system. `SSLKEYLOGFILE` in the environment becomes the context's `keylog_filename`
---@return pysocket.SSLContext
function ssl.create_default_context(purpose, options) end

---Returns the name of a `PROTOCOL_*` constant.
---@param protocol_code integer
---@return string # `"<unknown>"` for any other number
function ssl.get_protocol_name(protocol_code) end

---Converts a certificate from DER to PEM.
---@param der_cert_bytes string
---@return string
function ssl.DER_cert_to_PEM_cert(der_cert_bytes) end

---Converts a certificate from PEM to DER.
---@param pem_cert_string string
---@return string
function ssl.PEM_cert_to_DER_cert(pem_cert_string) end

---Converts a date of a certificate into seconds since 1970.
---@param cert_time string a date as `getpeercert` returns it: `"Jan  5 09:34:43 2018 GMT"`
---@return integer
function ssl.cert_time_to_seconds(cert_time) end

---Returns the certificate of a server in PEM. The certificate is verified only if `ca_certs`
---is given.
---@param addr pysocket.AnyAddress
---@param ssl_version? integer|table (PROTOCOL_TLS_CLIENT) `PROTOCOL_*`
---@param ca_certs? string|table a PEM file of trusted authorities
---@param timeout? number|table seconds; nil: the default timeout
---@param options? table the arguments above by name
---@return string
---@async
---@overload fun(options: table): string
function ssl.get_server_certificate(addr, ssl_version, ca_certs, timeout, options) end

---A context: the settings, certificates and authorities of connections.
---`create_default_context` makes one that is ready to use.
---@param protocol? integer (PROTOCOL_TLS) `PROTOCOL_TLS_CLIENT` (verifies certificates and host names) or `PROTOCOL_TLS_SERVER`; the others that Python has verify nothing
---@return pysocket.SSLContext # TLS 1.2 at least, unless the protocol is an older version
function ssl.SSLContext(protocol) end

---Random bytes, fit for keys.
---@param n integer
---@return string
function ssl.RAND_bytes(n) end

---Whether the generator of random numbers has enough entropy.
---@return boolean
function ssl.RAND_status() end

---Mixes bytes into the generator of random numbers.
---@param string string|pysocket.Bytearray
---@param entropy number how many of these bytes nobody can know, at least
function ssl.RAND_add(string, entropy) end

---The algorithms of signatures that this OpenSSL knows. It is there with OpenSSL 3.5 or
---later.
---@return string[]
function ssl.get_sigalgs() end

---Where OpenSSL looks for the authorities of the system.
---@return pysocket.DefaultVerifyPaths
function ssl.get_default_verify_paths() end

---Trusts the authorities in a PEM file, in a folder prepared by OpenSSL's `rehash`, or in a
---string of PEM or DER. Each may also contain lists of revoked certificates.
---@param cafile? string|table the PEM file
---@param capath? string|table the folder
---@param cadata? string|table the string
---@param options? table the arguments above by name
function SSLContext:load_verify_locations(cafile, capath, cadata, options) end

---Trusts the authorities of the system: those of `SSL_CERT_FILE` and `SSL_CERT_DIR` in the
---environment, or else those of OpenSSL's configuration. If the system has none, a later
---verification fails and its error says so.
---@param purpose? string (Purpose.SERVER_AUTH)
function SSLContext:load_default_certs(purpose) end

---Sets `sni_callback`, under Python's older name.
---@param server_name_callback fun(connection: pysocket.SSLSocket, name: string|nil, context: pysocket.SSLContext)|nil
function SSLContext:set_servername_callback(server_name_callback) end

---Makes a TLS connection of a socket, whose descriptor it takes over. The handshake is
---performed at once if the socket is connected, and by `connect` if not. On the connections
---that a TLS listener accepts, the first call that sends or receives performs it.
---@param sock pysocket.Socket a stream socket
---@param server_side? boolean|table (false)
---@param do_handshake_on_connect? boolean|table (true)
---@param suppress_ragged_eofs? boolean|table (true) whether a stream that ends without TLS's close_notify ends as any other stream
---@param server_hostname? string|table the host name that the peer's certificate has to match
---@param session? pysocket.SSLSession|table a session to resume
---@param options? table the arguments above by name
---@return pysocket.SSLSocket
---@async
---@overload fun(self: pysocket.SSLContext, options: table): pysocket.SSLSocket
function SSLContext:wrap_socket(sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session, options) end

---Makes a TLS connection without a socket, for programs with a transport of their own. The
---program writes the peer's data to `incoming`, and sends the data in `outgoing` to the peer.
---@param incoming pysocket.MemoryBIO
---@param outgoing pysocket.MemoryBIO
---@param server_side? boolean|table (false)
---@param server_hostname? string|table the host name that the peer's certificate has to match
---@param session? pysocket.SSLSession|table a session to resume
---@param options? table the arguments above by name
---@return pysocket.SSLObject
---@overload fun(self: pysocket.SSLContext, options: table): pysocket.SSLObject
function SSLContext:wrap_bio(incoming, outgoing, server_side, server_hostname, session, options) end

---Receives as `recv`, or, with a buffer, as `recv_into`.
---@param len? integer (1024) the maximum number of bytes
---@param buffer? pysocket.Bytearray
---@return string|integer # the data, or the number of bytes in the buffer
---@async
function SSLSocket:read(len, buffer) end

---Sends as `send`.
---@param data string|pysocket.Bytearray
---@return integer # the number of bytes sent
---@async
function SSLSocket:write(data) end

---Connects, and performs the handshake if `do_handshake_on_connect` is set.
---@param address pysocket.AnyAddress
---@async
function SSLSocket:connect(address) end

---Accepts a TLS connection. The first call of the connection that sends or receives performs
---the handshake, so that a silent client does not delay other clients.
---@return pysocket.SSLSocket
---@return pysocket.Address|nil # the client's address
---@async
function SSLSocket:accept() end

---Ends TLS: sends close_notify, and waits for the peer's.
---@return pysocket.Socket # a plain socket, which takes over the descriptor
---@async
function SSLSocket:unwrap() end

---Sets the function that a client asks for its key (PSK, RFC 4279 and RFC 8446), in place of
---certificates. It runs in the midst of the handshake, and cannot yield.
---@param callback fun(hint: string|nil)|nil called with a hint of the server; returns an identity or nil, and the key, a string. nil: none. An error that it raises ends the handshake and is raised there
function SSLContext:set_psk_client_callback(callback) end

---Sets the function that a server asks for the key of a client (PSK), in place of
---certificates.
---@param callback fun(identity: string)|nil called with the client's identity; returns the key, a string, or nil for an identity that is unknown. nil: none. An error that it raises ends the handshake and is raised there
---@param identity_hint? string what clients are told (TLS 1.2)
function SSLContext:set_psk_server_callback(callback, identity_hint) end

---How many sessions there are, and how they were used.
---@return table # with `number`, `connect`, `connect_good`, `accept`, `accept_good`, `hits`, `misses`, `timeouts`, `cache_full`
function SSLContext:session_stats() end

---Takes bytes out.
---@param size? integer (-1) at most so many; negative: all that are there
---@return string # "" where there are none
function MemoryBIO:read(size) end

---Adds bytes.
---@param b string|pysocket.Bytearray
---@return integer # how many were written: all
function MemoryBIO:write(b) end

---Says that no more bytes will come: what reads them sees the end of the stream behind those
---that are there.
function MemoryBIO:write_eof() end

---Goes on with the handshake.
function SSLObject:do_handshake() end

---Reads bytes of the stream.
---@param len? integer (1024) at most so many
---@param buffer? pysocket.Bytearray to read into, at most `len` bytes where that is positive
---@return string|integer # the bytes, "" at the end; with a buffer how many there are
function SSLObject:read(len, buffer) end

---Writes bytes.
---@param data string|pysocket.Bytearray
---@return integer # how many were written: at most one record of 16 384
function SSLObject:write(data) end

---Ends TLS: says so to the peer, and looks whether the peer has said so.
function SSLObject:unwrap() end

---Says which ciphers may be used up to TLS 1.2.
---@param cipherlist string in OpenSSL's notation
function SSLContext:set_ciphers(cipherlist) end

---Says which ciphers may be used in TLS 1.3.
---@param ciphersuites string in OpenSSL's notation
function SSLContext:set_ciphersuites(ciphersuites) end

---Says which groups (elliptic curves) may be used for the exchange of keys.
---@param grouplist string names, with colons between them
function SSLContext:set_groups(grouplist) end

---The ciphers that may be used.
---@return table # a sequence of tables with `name`, `protocol`, `strength_bits`, `description`
function SSLContext:get_ciphers() end

---The protocols that this side offers, best first, or chooses from (ALPN, RFC 7301).
---@param alpn_protocols table a sequence of names such as `"h2"`, `"http/1.1"`
function SSLContext:set_alpn_protocols(alpn_protocols) end

---Says which curve may be used for the exchange of keys: `set_groups` for one alone.
---@param name string
function SSLContext:set_ecdh_curve(name) end

---The groups that this OpenSSL knows for the exchange of keys. It is there with OpenSSL 3.5
---or later.
---@param include_aliases? boolean|table (false) also other names for the same groups
---@param options? table the one above by name
---@return string[]
function SSLContext:get_groups(include_aliases, options) end

---Says by which algorithms clients may sign.
---@param sigalgslist string names, with colons between them
function SSLContext:set_client_sigalgs(sigalgslist) end

---Says by which algorithms servers may sign.
---@param sigalgslist string names, with colons between them
function SSLContext:set_server_sigalgs(sigalgslist) end

---Loads the parameters of a server's exchange of keys by Diffie and Hellman (TLS 1.2).
---@param path string a file in PEM
function SSLContext:load_dh_params(path) end

---The version of TLS in use.
---@return string|nil # `"TLSv1.3"`; nil before the handshake
function SSLSocket:version() end

---The cipher in use.
---@return string|nil # its name; nil before the handshake
---@return string|nil # the version of TLS that defines it
---@return integer|nil # its secret bits
function SSLSocket:cipher() end

---The ciphers that both sides know, on the server's side.
---@return table|nil # a sequence of `{name, version, bits}`; nil before the handshake and for a client
function SSLSocket:shared_ciphers() end

---How many bytes of the record received last are there without a system call.
---@return integer
function SSLSocket:pending() end

---The protocol that both sides agreed on (ALPN, RFC 7301).
---@return string|nil # nil for none
function SSLSocket:selected_alpn_protocol() end

---The certificate of the peer.
---@param binary_form? boolean (false) DER instead of a table
---@return table|nil # with `subject`, `issuer`, `subjectAltName`, `notBefore`, `notAfter`, `serialNumber`, `version`, ... as Python has them, each tuple a sequence; empty where the certificate was not verified; nil where the peer sent none
function SSLSocket:getpeercert(binary_form) end

---The chain of certificates that verification built.
---@return table # a sequence of certificates as DER
function SSLSocket:get_verified_chain() end

---The chain of certificates as the peer sent it.
---@return table # a sequence of certificates as DER
function SSLSocket:get_unverified_chain() end

---Bytes that both ends of this connection know, and nobody in the middle (RFC 5929).
---@param cb_type? string ("tls-unique") the only one there is
---@return string|nil # nil before the handshake
function SSLSocket:get_channel_binding(cb_type) end

---Asks a client for its certificate after the handshake (TLS 1.3); it is there after the next
---call that receives.
---@async
function SSLSocket:verify_client_post_handshake() end

---The group (elliptic curve) by which the two sides agreed on keys.
---@return string|nil # nil before the handshake
function SSLSocket:group() end

---The algorithm by which the client signed the handshake. It is there with OpenSSL 3.5 or
---later.
---@return string|nil # nil before the handshake, and for a client without a certificate
function SSLSocket:client_sigalg() end

---The algorithm by which the server signed the handshake. It is there with OpenSSL 3.5 or
---later.
---@return string|nil # nil before the handshake, and for a resumed session
function SSLSocket:server_sigalg() end

---Performs the handshake: by itself it comes with the first call that moves bytes.
---@param block? boolean (false) wait also where the socket is non-blocking
---@async
function SSLSocket:do_handshake(block) end

---Receives bytes of the stream; the empty string is its end.
---@param bufsize? integer (1024) the most that is received, in bytes
---@param flags? integer (0) must be 0
---@return string
---@async
function SSLSocket:recv(bufsize, flags) end

---Receives bytes of the stream into a buffer.
---@param buffer pysocket.Bytearray
---@param nbytes? integer at most so many; 0 or nil: as many as fit
---@param flags? integer (0) must be 0
---@return integer # how many; 0 at the end
---@async
function SSLSocket:recv_into(buffer, nbytes, flags) end

---Sends bytes: at most one record of 16 384.
---@param data string|pysocket.Bytearray
---@param flags? integer (0) must be 0
---@return integer # how many were sent
---@async
function SSLSocket:send(data, flags) end

---Sends all of the bytes. Tasks that send at the same time take turns record by record.
---@param data string|pysocket.Bytearray
---@param flags? integer (0) must be 0
---@async
function SSLSocket:sendall(data, flags) end

---Loads the certificate that this side shows, with those between it and an authority, and its
---private key.
---@param certfile string a file in PEM
---@param keyfile? string|table a file in PEM; nil: the key is in `certfile`
---@param password? string|fun(...)|table of the key; a function is called for it
---@param options? table those above by name
---@overload fun(self: pysocket.SSLContext, options: table)
function SSLContext:load_cert_chain(certfile, keyfile, password, options) end

---Trusts the authorities of the system: those of the environment's `SSL_CERT_FILE` and
---`SSL_CERT_DIR`, else OpenSSL's.
function SSLContext:set_default_verify_paths() end

---How many certificates are loaded; those in a folder count once they were needed.
---@return table # with `x509`, `crl` and `x509_ca`
function SSLContext:cert_store_stats() end

---The authorities that are loaded.
---@param binary_form? boolean (false) DER instead of tables as `getpeercert` gives them
---@return table # a sequence
function SSLContext:get_ca_certs(binary_form) end

return ssl
