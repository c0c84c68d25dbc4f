---@meta pysocket.luasocket.ssl
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.luasocket.ssl
---@field _VERSION string # the version of LuaSec's interface
---@field _COPYRIGHT string
---@field config table<string|integer, string|integer> # the supported `protocols`, `options`, `algorithms`, `curves` and `capabilities`
local ssl = {}

---A connection of LuaSec. Of the methods of a `conn`, it has those that send and receive, and
---those about the object: `close`, `dirty`, `getfd`, `getstats`, `receive`, `send`, `setfd`,
---`setstats`, `settimeout`. In place of `"timeout"`, it returns `"wantread"` or
---`"wantwrite"`.
---@class pysocket.Connection
local Connection = {}

---A certificate.
---@class pysocket.Certificate
local Certificate = {}

---Creates a context from settings.
---@param cfg table `mode` (`"client"`, `"server"`), `protocol` (`"any"`, `"tlsv1_2"`, `"tlsv1_3"`, ...), and LuaSec's other settings: `key`, `certificate`, `password`, `certificates`, `cafile`, `capath`, `ciphers`, `ciphersuites`, `verify`, `verifyext`, `options`, `depth`, `dhparam`, `curve`, `curveslist`, `alpn`. Without `verify`, nothing is verified
---@return pysocket.SSLContext|nil
---@return string|nil # the message, after nil
function ssl.newcontext(cfg) end

---Makes a TLS connection of a LuaSocket object, whose descriptor it takes over. The handshake
---is a separate call.
---@param sock pysocket.Conn
---@param cfg table|pysocket.SSLContext the settings as for `newcontext`, or a context
---@return pysocket.Connection|nil
---@return string|nil # the message, after nil
function ssl.wrap(sock, cfg) end

---Reads a certificate from a PEM text.
---@param pem string
---@return pysocket.Certificate|nil # nil if the text contains none
function ssl.loadcertificate(pem) end

---Sets the host name that a client asks for, or the host names of a server. Call it before
---the handshake.
---@param name string|table the name; for a server a table of contexts by name
---@param strict? boolean (false) whether a name that is not in the table ends the handshake
function Connection:sni(name, strict) end

---Returns the host name that the client asked for.
---@return string|nil
function Connection:getsniname() end

---Returns the protocol that both sides agreed on (ALPN).
---@return string|nil
function Connection:getalpn() end

---Returns a certificate of the peer.
---@param n? integer (1) 1: the peer's own certificate; 2 and above: the other certificates that it sent
---@return pysocket.Certificate|nil
---@return string|nil # a message after nil, if there is one
function Connection:getpeercertificate(n) end

---Returns the certificates that the peer sent.
---@return table|nil # a sequence of certificates
---@return string|nil # the message, after nil
function Connection:getpeerchain() end

---Returns whether the peer's certificate was verified.
---@return boolean
---@return string|table|nil # after false a message; if the context has `verifyext`, a table of the errors of each certificate, by its depth + 1
function Connection:getpeerverification() end

---Returns the Finished message that this side sent in the handshake.
---@return string|nil
---@return string|nil # the message, after nil
function Connection:getfinished() end

---Returns the Finished message that the peer sent in the handshake.
---@return string|nil
---@return string|nil # the message, after nil
function Connection:getpeerfinished() end

---Returns bytes that only the two ends of this connection can compute (RFC 5705).
---@param label string
---@param length integer the number of bytes
---@param context? string
---@return string|nil
---@return string|nil # the message, after nil
function Connection:exportkeyingmaterial(label, length, context) end

---Returns the cipher and the protocol of the connection.
---@param field? string a field of the table; nil: the whole table
---@return table|string|nil # with `cipher`, `protocol`, `key`, `authentication`, `encryption`, `mac`, `bits`, `algbits`, `export`
---@return string|nil # the message, after nil
function Connection:info(field) end

---Returns the compression method: nil, because TLS no longer compresses.
---@return nil
---@return string|nil # a message before the handshake
function Connection:compression() end

---Performs the TLS handshake, which has to precede the first send or receive.
---@return boolean
---@return string|nil # after false `"wantread"` or `"wantwrite"` after a timeout, or another message
function Connection:dohandshake() end

---Returns the event that the last call would have waited for.
---@return string # `"read"`, `"write"` or `"nothing"`
function Connection:want() end

---Returns the subject of the certificate.
---@return table # a sequence of tables with `oid`, `name` and `value`
function Certificate:subject() end

---Returns the issuer of the certificate.
---@return table # as `subject` returns it
function Certificate:issuer() end

---Returns the serial number.
---@return string # hexadecimal
function Certificate:serial() end

---Returns a digest of the certificate.
---@param algorithm? string ("sha1")
---@return string|nil # hexadecimal
---@return string|nil # the message, after nil
function Certificate:digest(algorithm) end

---Returns the certificate in PEM.
---@return string
function Certificate:pem() end

---Returns the public key.
---@return string # the key in PEM
---@return string # its type: `"RSA"`, `"DSA"`, `"DH"`, `"EC"` or `"Unknown"`
---@return integer # its size in bits
function Certificate:pubkey() end

---Returns the beginning of the validity.
---@return string # `"Jan  5 09:34:43 2018 GMT"`
function Certificate:notbefore() end

---Returns the end of the validity.
---@return string
function Certificate:notafter() end

---Returns whether the certificate is valid at a time.
---@param time number seconds, as `os.time` returns them
---@return boolean
function Certificate:validat(time) end

---Returns the name of the signature algorithm.
---@return string|nil
function Certificate:getsignaturename() end

---Sets the encoding of the texts that the methods return.
---@param encoding string `"ai5"`: the unchanged bytes, which is the default; `"utf8"`
---@return boolean # false for any other encoding
function Certificate:setencode(encoding) end

---Returns the alternative names.
---@return table # empty, or with the field `"2.5.29.17"`: a table with `name`, and a sequence for each type of names: `dNSName`, `iPAddress`, `rfc822Name`, `uniformResourceIdentifier`, ...
function Certificate:extensions() end

---Verifies another certificate by this one.
---@param other pysocket.Certificate
---@param ...? pysocket.Certificate the certificates between the two
---@return boolean|nil # true
---@return string|nil # the message, after nil
function Certificate:issued(other, ...) end

return ssl
