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
---@field PROTOCOL_TLSv1 integer # that version only; peers are not verified
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
---@field OPENSSL_VERSION string # the version of the loaded library
---@field OPENSSL_VERSION_INFO table<string|integer, string|integer> # the version as five numbers
---@field CertificateError pysocket.SSLCertVerificationError # `SSLCertVerificationError`, under Python's older name
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

---A failure of TLS. `tostring` returns the position, the class and `strerror`.
---@class pysocket.SSLError: pysocket.OSError
---@field errno integer # `SSL_ERROR_*`
---@field library string|nil # the part of OpenSSL that failed: `"SSL"`, `"X509"`
---@field reason string|nil # the symbol of the reason: `"CERTIFICATE_VERIFY_FAILED"`
local SSLError = {}
ssl.SSLError = SSLError

---the peer has closed TLS by close_notify
---@class pysocket.SSLZeroReturnError: pysocket.SSLError
local SSLZeroReturnError = {}
ssl.SSLZeroReturnError = SSLZeroReturnError

---the socket is non-blocking, and TLS has to receive first
---@class pysocket.SSLWantReadError: pysocket.SSLError
local SSLWantReadError = {}
ssl.SSLWantReadError = SSLWantReadError

---the socket is non-blocking, and TLS has to send first
---@class pysocket.SSLWantWriteError: pysocket.SSLError
local SSLWantWriteError = {}
ssl.SSLWantWriteError = SSLWantWriteError

---a system call failed
---@class pysocket.SSLSyscallError: pysocket.SSLError
local SSLSyscallError = {}
ssl.SSLSyscallError = SSLSyscallError

---the connection ended without close_notify: the stream may be truncated
---@class pysocket.SSLEOFError: pysocket.SSLError
local SSLEOFError = {}
ssl.SSLEOFError = SSLEOFError

---the verification of the peer's certificate failed
---@class pysocket.SSLCertVerificationError: pysocket.SSLError
---@field verify_code integer # `X509_V_ERR_*`
---@field verify_message string
---@field subject string|nil # the subject of the certificate
local SSLCertVerificationError = {}
ssl.SSLCertVerificationError = SSLCertVerificationError

---A buffer in memory between an `SSLObject` and a transport. `ssl.MemoryBIO()` creates one.
---@class pysocket.MemoryBIO
---@field pending integer # the number of bytes in the buffer
---@field eof boolean # true after `write_eof`, when the buffer is empty
local MemoryBIO = {}
ssl.MemoryBIO = MemoryBIO

---A TLS connection that reads from a `MemoryBIO` and writes to another one. It has the
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

---A session that a later connection can resume: the option `session` of `wrap_socket`.
---@class pysocket.SSLSession
---@field id string
---@field time integer # the time of its beginning, in seconds since 1970
---@field timeout integer # its lifetime in seconds
---@field ticket_lifetime_hint integer # the lifetime of its ticket in seconds
---@field has_ticket boolean
local SSLSession = {}
ssl.SSLSession = SSLSession

---The files with the authorities of the system, as `get_default_verify_paths` returns them.
---@class pysocket.DefaultVerifyPaths
---@field cafile string|nil # the file; nil if it does not exist
---@field capath string|nil # the folder; nil if it does not exist
---@field openssl_cafile string # the file in OpenSSL's configuration
---@field openssl_cafile_env string # the variable of the environment that names another file
---@field openssl_capath string # the folder in OpenSSL's configuration
---@field openssl_capath_env string # the variable of the environment that names another folder
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

---Creates a context: the settings, certificates and trusted authorities of connections.
---`create_default_context` creates one with safe settings.
---@param protocol? integer (PROTOCOL_TLS) `PROTOCOL_TLS_CLIENT` (verifies certificates and host names) or `PROTOCOL_TLS_SERVER`; Python's other protocols verify nothing
---@return pysocket.SSLContext # for TLS 1.2 at least, unless the protocol is an older version
function ssl.SSLContext(protocol) end

---Returns random bytes that are fit for keys.
---@param n integer
---@return string
function ssl.RAND_bytes(n) end

---Returns whether the random number generator has enough entropy.
---@return boolean
function ssl.RAND_status() end

---Mixes bytes into the random number generator.
---@param string string|pysocket.Bytearray
---@param entropy number a lower bound of the number of bytes that cannot be guessed
function ssl.RAND_add(string, entropy) end

---Returns the signature algorithms of the loaded OpenSSL. The function exists with OpenSSL
---3.5 or later.
---@return string[]
function ssl.get_sigalgs() end

---Returns the certificates in a store of the system. Windows alone has this function.
---@param store_name string "ROOT": the authorities that the system trusts; "CA": those between them and other certificates; "MY"; or another name
---@return table # a sequence of `{certificate, encoding, trust}`: the certificate in DER, "x509_asn" or "pkcs_7_asn", and true if the certificate is good for all purposes, or else a table whose keys are the OIDs of its purposes
function ssl.enum_certificates(store_name) end

---Returns the lists of revoked certificates in a store of the system. Windows alone has this
---function.
---@param store_name string as for `enum_certificates`
---@return table # a sequence of `{list, encoding}`: the list in DER, and "x509_asn" or "pkcs_7_asn"
function ssl.enum_crls(store_name) end

---Returns the files with the authorities of the system.
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
---environment, or else those of OpenSSL's configuration; on Windows also those in the
---system's stores "CA" and "ROOT". If the system has none, a later verification fails and its
---error says so.
---@param purpose? string (Purpose.SERVER_AUTH)
function SSLContext:load_default_certs(purpose) end

---Sets `sni_callback`, under Python's older name.
---@param server_name_callback fun(connection: pysocket.SSLSocket, name: string|nil, context: pysocket.SSLContext)|nil
function SSLContext:set_servername_callback(server_name_callback) end

---Makes an `SSLSocket` of a socket, whose descriptor it takes over. The handshake is
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

---Creates a TLS connection without a socket, for programs with a transport of their own. The
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

---Sets the function that supplies a client's key (PSK, RFC 4279 and RFC 8446), which replaces
---certificates. It runs during the handshake, and cannot yield.
---@param callback fun(hint: string|nil)|nil called with the server's hint; returns an identity or nil, and the key as a string. Its error ends the handshake, which raises it. nil: no function
function SSLContext:set_psk_client_callback(callback) end

---Sets the function that supplies a server with the key of a client (PSK), which replaces
---certificates.
---@param callback fun(identity: string)|nil called with the client's identity; returns the key as a string, or nil for an unknown identity. Its error ends the handshake, which raises it. nil: no function
---@param identity_hint? string the hint for clients (TLS 1.2)
function SSLContext:set_psk_server_callback(callback, identity_hint) end

---Returns the number of sessions, and how often they were used.
---@return table # with `number`, `connect`, `connect_good`, `accept`, `accept_good`, `hits`, `misses`, `timeouts`, `cache_full`
function SSLContext:session_stats() end

---Removes bytes from the buffer.
---@param size? integer (-1) the maximum number of bytes; negative: no limit
---@return string # the bytes; "" if the buffer is empty
function MemoryBIO:read(size) end

---Appends bytes to the buffer.
---@param b string|pysocket.Bytearray
---@return integer # the number of bytes written: all of them
function MemoryBIO:write(b) end

---Marks the end of the stream after the bytes in the buffer.
function MemoryBIO:write_eof() end

---Continues the handshake.
function SSLObject:do_handshake() end

---Reads decrypted bytes of the stream.
---@param len? integer (1024) the maximum number of bytes
---@param buffer? pysocket.Bytearray receives at most `len` bytes if `len` is positive, else as many as fit
---@return string|integer # the bytes, "" at the end of the stream; with a buffer the number of bytes
function SSLObject:read(len, buffer) end

---Writes bytes, which are encrypted into the outgoing `MemoryBIO`.
---@param data string|pysocket.Bytearray
---@return integer # the number of bytes written: at most one record of 16 384 bytes
function SSLObject:write(data) end

---Ends TLS: writes close_notify, and reads the peer's.
function SSLObject:unwrap() end

---Sets the ciphers for TLS 1.2 and older versions.
---@param cipherlist string a list in OpenSSL's notation
function SSLContext:set_ciphers(cipherlist) end

---Sets the ciphers for TLS 1.3.
---@param ciphersuites string a list in OpenSSL's notation
function SSLContext:set_ciphersuites(ciphersuites) end

---Sets the groups (elliptic curves) for the key exchange.
---@param grouplist string names, separated by colons
function SSLContext:set_groups(grouplist) end

---Returns the ciphers of the context.
---@return table # a sequence of tables with `name`, `protocol`, `strength_bits`, `description`
function SSLContext:get_ciphers() end

---Sets the protocols that a client offers, best first, or that a server chooses from (ALPN,
---RFC 7301).
---@param alpn_protocols table a sequence of names such as `"h2"`, `"http/1.1"`
function SSLContext:set_alpn_protocols(alpn_protocols) end

---Sets the curve for the key exchange, as `set_groups` with one name.
---@param name string
function SSLContext:set_ecdh_curve(name) end

---Returns the groups of the loaded OpenSSL for the key exchange. The method exists with
---OpenSSL 3.5 or later.
---@param include_aliases? boolean|table (false) whether other names of the same groups are included
---@param options? table the argument above by name
---@return string[]
function SSLContext:get_groups(include_aliases, options) end

---Sets the signature algorithms of clients.
---@param sigalgslist string names, separated by colons
function SSLContext:set_client_sigalgs(sigalgslist) end

---Sets the signature algorithms of servers.
---@param sigalgslist string names, separated by colons
function SSLContext:set_server_sigalgs(sigalgslist) end

---Loads the parameters of a server's Diffie-Hellman key exchange (TLS 1.2).
---@param path string a PEM file
function SSLContext:load_dh_params(path) end

---Returns the version of TLS in use.
---@return string|nil # `"TLSv1.3"`; nil before the handshake
function SSLSocket:version() end

---Returns the cipher in use.
---@return string|nil # its name; nil before the handshake
---@return string|nil # the version of TLS that defines it
---@return integer|nil # the number of its secret bits
function SSLSocket:cipher() end

---Returns the ciphers that both sides support, on a server.
---@return table|nil # a sequence of `{name, version, bits}`; nil before the handshake and for a client
function SSLSocket:shared_ciphers() end

---Returns the number of bytes that a receive returns without a system call: the rest of the
---last record.
---@return integer
function SSLSocket:pending() end

---Returns the protocol that both sides agreed on (ALPN, RFC 7301).
---@return string|nil # nil if there is none
function SSLSocket:selected_alpn_protocol() end

---Returns the certificate of the peer.
---@param binary_form? boolean (false) DER instead of a table
---@return table|nil # with `subject`, `issuer`, `subjectAltName`, `notBefore`, `notAfter`, `serialNumber`, `version`, ... as in Python, each tuple a sequence; empty if the certificate was not verified; nil if the peer sent none
function SSLSocket:getpeercert(binary_form) end

---Returns the chain of certificates that the verification built.
---@return table # a sequence of certificates as DER
function SSLSocket:get_verified_chain() end

---Returns the chain of certificates that the peer sent.
---@return table # a sequence of certificates as DER
function SSLSocket:get_unverified_chain() end

---Returns bytes that only the two ends of this connection know (RFC 5929).
---@param cb_type? string ("tls-unique") the only supported type
---@return string|nil # nil before the handshake
function SSLSocket:get_channel_binding(cb_type) end

---Asks a client for its certificate after the handshake (TLS 1.3). The certificate arrives
---with the next receive.
---@async
function SSLSocket:verify_client_post_handshake() end

---Returns the group (elliptic curve) of the key exchange.
---@return string|nil # nil before the handshake
function SSLSocket:group() end

---Returns the algorithm with which the client signed the handshake. The method exists with
---OpenSSL 3.5 or later.
---@return string|nil # nil before the handshake, and for a client without a certificate
function SSLSocket:client_sigalg() end

---Returns the algorithm with which the server signed the handshake. The method exists with
---OpenSSL 3.5 or later.
---@return string|nil # nil before the handshake, and for a resumed session
function SSLSocket:server_sigalg() end

---Performs the handshake. Without this call, the first call that sends or receives performs
---it.
---@param block? boolean (false) whether to wait even if the socket is non-blocking
---@async
function SSLSocket:do_handshake(block) end

---Receives at most `bufsize` bytes of the stream, waiting for the first.
---@param bufsize? integer (1024) the maximum number of bytes
---@param flags? integer (0) must be 0
---@return string # the bytes; "" at the end of the stream
---@async
function SSLSocket:recv(bufsize, flags) end

---Receives bytes of the stream into a buffer.
---@param buffer pysocket.Bytearray
---@param nbytes? integer the maximum number of bytes; 0 or nil: as many as fit
---@param flags? integer (0) must be 0
---@return integer # the number of bytes; 0 at the end of the stream
---@async
function SSLSocket:recv_into(buffer, nbytes, flags) end

---Sends bytes: at most one record of 16 384 bytes.
---@param data string|pysocket.Bytearray
---@param flags? integer (0) must be 0
---@return integer # the number of bytes sent
---@async
function SSLSocket:send(data, flags) end

---Sends all of the bytes. Of tasks that send at the same time, each sends one record in turn.
---@param data string|pysocket.Bytearray
---@param flags? integer (0) must be 0
---@async
function SSLSocket:sendall(data, flags) end

---Loads the certificate of this side, with the certificates between it and an authority, and
---its private key.
---@param certfile string a PEM file
---@param keyfile? string|table a PEM file; nil: `certfile` contains the key
---@param password? string|fun(...)|table the password of the key, or a function that returns it
---@param options? table the arguments above by name
---@overload fun(self: pysocket.SSLContext, options: table)
function SSLContext:load_cert_chain(certfile, keyfile, password, options) end

---Trusts the authorities of the system: those of `SSL_CERT_FILE` and `SSL_CERT_DIR` in the
---environment, or else those of OpenSSL's configuration.
function SSLContext:set_default_verify_paths() end

---Returns the number of loaded certificates. Those in a folder count after their first use.
---@return table # with `x509`, `crl` and `x509_ca`
function SSLContext:cert_store_stats() end

---Returns the loaded authorities.
---@param binary_form? boolean (false) DER instead of tables as `getpeercert` returns them
---@return table # a sequence
function SSLContext:get_ca_certs(binary_form) end

return ssl
