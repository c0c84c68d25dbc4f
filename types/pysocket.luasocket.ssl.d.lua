---@meta pysocket.luasocket.ssl
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.luasocket.ssl
---@field _VERSION string # LuaSec's, whose interface this is
---@field _COPYRIGHT string
---@field config table<string|integer, string|integer> # what there is: `protocols`, `options`, `algorithms`, `curves`, `capabilities`
local ssl = {}

---A connection of LuaSec's. It has those methods of a `conn` that move bytes, or are about
---the object: `close`, `dirty`, `getfd`, `getstats`, `receive`, `send`, `setfd`, `setstats`,
---`settimeout`. Where a `conn` says `"timeout"` it says `"wantread"` or `"wantwrite"`.
---@class pysocket.Connection
local Connection = {}

---A certificate.
---@class pysocket.Certificate
local Certificate = {}

---The settings of connections.
---@param cfg table `mode` (`"client"`, `"server"`), `protocol` (`"any"`, `"tlsv1_2"`, `"tlsv1_3"`, ...), and LuaSec's other settings: `key`, `certificate`, `password`, `certificates`, `cafile`, `capath`, `ciphers`, `ciphersuites`, `verify`, `verifyext`, `options`, `depth`, `dhparam`, `curve`, `curveslist`, `alpn`. Only `verify` has anything verified
---@return pysocket.SSLContext|nil
---@return string|nil # after nil a text
function ssl.newcontext(cfg) end

---Makes a connection of TLS of one of LuaSocket's, whose descriptor it takes over. The
---handshake is the next call.
---@param sock pysocket.Conn
---@param cfg table|pysocket.SSLContext
---@return pysocket.Connection|nil
---@return string|nil # after nil a text
function ssl.wrap(sock, cfg) end

---A certificate from a text.
---@param pem string
---@return pysocket.Certificate|nil # nil where the text is none
function ssl.loadcertificate(pem) end

---Before the handshake: says for which host a client asks, or which hosts a server has.
---@param name string|table of a client; of a server a table of contexts by name
---@param strict? boolean (false) whether a name that is not in the table ends the handshake
function Connection:sni(name, strict) end

---The name for which the client has asked.
---@return string|nil
function Connection:getsniname() end

---The protocol that both sides agreed on (ALPN).
---@return string|nil
function Connection:getalpn() end

---A certificate of the peer.
---@param n? integer (1) 1 is the peer's own, then come those that it sent with it
---@return pysocket.Certificate|nil
---@return string|nil # after nil perhaps a text
function Connection:getpeercertificate(n) end

---The certificates that the peer has sent.
---@return table|nil # a sequence of certificates
---@return string|nil # after nil a text
function Connection:getpeerchain() end

---Whether the peer's certificate has been verified.
---@return boolean
---@return string|table|nil # after false a text; where the context has `verifyext`, a table of the texts of each certificate's faults, by its depth + 1
function Connection:getpeerverification() end

---The bytes with which this side has ended the handshake.
---@return string|nil
---@return string|nil # after nil a text
function Connection:getfinished() end

---The bytes with which the peer has ended the handshake.
---@return string|nil
---@return string|nil # after nil a text
function Connection:getpeerfinished() end

---Bytes that both ends of this connection can make, and nobody else (RFC 5705).
---@param label string
---@param length integer
---@param context? string
---@return string|nil
---@return string|nil # after nil a text
function Connection:exportkeyingmaterial(label, length, context) end

---What protects the connection.
---@param field? string the one that is wanted alone
---@return table|string|nil # with `cipher`, `protocol`, `key`, `authentication`, `encryption`, `mac`, `bits`, `algbits`, `export`
---@return string|nil # after nil a text
function Connection:info(field) end

---How bytes are compressed: TLS does not, any more.
---@return nil
---@return string|nil # a text before the handshake
function Connection:compression() end

---Performs the handshake of TLS. Bytes move only after it.
---@return boolean
---@return string|nil # after false `"wantread"` or `"wantwrite"` where time is up, or another text
function Connection:dohandshake() end

---For what the last call would have waited.
---@return string # `"read"`, `"write"` or `"nothing"`
function Connection:want() end

---Whose certificate it is.
---@return table # a sequence of tables with `oid`, `name` and `value`
function Certificate:subject() end

---Who has signed it.
---@return table # as of `subject`
function Certificate:issuer() end

---Its serial number.
---@return string # hexadecimal
function Certificate:serial() end

---A digest of it.
---@param algorithm? string ("sha1")
---@return string|nil # hexadecimal
---@return string|nil # after nil a text
function Certificate:digest(algorithm) end

---The certificate as text.
---@return string
function Certificate:pem() end

---Its public key.
---@return string # in PEM
---@return string # its kind: `"RSA"`, `"DSA"`, `"DH"`, `"EC"` or `"Unknown"`
---@return integer # its bits
function Certificate:pubkey() end

---Since when it is valid.
---@return string # `"Jan  5 09:34:43 2018 GMT"`
function Certificate:notbefore() end

---Until when it is valid.
---@return string
function Certificate:notafter() end

---Whether it is valid at a time.
---@param time number as of `os.time`
---@return boolean
function Certificate:validat(time) end

---The algorithm of its signature.
---@return string|nil
function Certificate:getsignaturename() end

---How texts of it are given.
---@param encoding string `"ai5"`: their bytes as they are, which is the default; `"utf8"`
---@return boolean # false for any other
function Certificate:setencode(encoding) end

---Its alternative names.
---@return table # empty, or with the field `"2.5.29.17"`: a table with `name`, and of each kind of names a sequence: `dNSName`, `iPAddress`, `rfc822Name`, `uniformResourceIdentifier`, ...
function Certificate:extensions() end

---Whether another certificate is verified by this one.
---@param other pysocket.Certificate
---@param ...? pysocket.Certificate those between the two
---@return boolean|nil # true
---@return string|nil # after nil a text
function Certificate:issued(other, ...) end

return ssl
