-- TLS on a socket, as a client, by lua-sec or by lua-luaossl with the sockets of cqueues: a file to
-- copy. See https_get.lua.
--
--     local tls = require "tls"
--     local conn = tls.sec(s, "host.example")
--     conn:sendall(...), conn:recv(n), conn:close()
--
-- Either library is handed a duplicate of the socket's descriptor, which it closes by itself, and
-- is told never to wait. We wait instead, for the socket, as every call of ours does: with its
-- timeout, and in a task so that the others run. When TLS has ended, the socket is ours again.

local select = require "pysocket.select"
local socket = require "pysocket"

local AUTHORITIES <const> = "/etc/ssl/certs/ca-certificates.crt"

-- Waits until the socket is ready for "r", "w" or either of "rw".
local function wait(s, events)
  local readers, writers = events:find("r") and {s} or {}, events:find("w") and {s} or {}
  local readable, writable = select.select(readers, writers, {}, s:gettimeout())
  if #readable + #writable == 0 then error("TLS timed out", 0) end
end

-- For a `<close>` variable: closes a connection when an error passes.
local function guard(conn)
  return setmetatable({}, {__close = function(_, err)
    if err then conn:close() end
  end})
end

-- {{ lua-sec

local WANTS <const> = {wantread = "r", timeout = "r", wantwrite = "w"}

-- Tries again while lua-sec would wait: what its function returns, at last.
local function patiently(s, f, ...)
  local result, err = f(...)
  while not result do
    wait(s, WANTS[err] or error(err, 0))
    result, err = f(...)
  end
  return result
end

-- Is a certificate's name, "*.host" perhaps, that of the host?
local function matches(name, host)
  name, host = name:lower(), host:lower()
  return name == host or name:sub(1, 2) == "*." and name:sub(2) == host:match("%..*$")
end

-- lua-sec verifies who signed the certificate, but not for whom.
local function check_name(certificate, host)
  local names = (certificate:extensions()["2.5.29.17"] or {}).dNSName or {}
  for _, name in ipairs(names) do
    if matches(name, host) then return end
  end
  error("the certificate is not for " .. host, 0)
end

local Sec = {}
Sec.__index = Sec

function Sec:sendall(data)
  local first = 1
  while first <= #data do
    local last, err, sent = self.conn:send(data, first)
    first = (last or sent) + 1
    if not last then wait(self.socket, WANTS[err] or error(err, 0)) end
  end
end

function Sec:recv(size)
  while true do
    local data, err, part = self.conn:receive(size)
    data = data or part
    if data ~= "" then return data end
    if err == "closed" then return "" end
    wait(self.socket, WANTS[err] or error(err, 0))
  end
end

-- Tells the peer of the end of TLS and closes the duplicate.
function Sec:close()
  self.conn:close()
  self.socket:settimeout(self.socket:gettimeout()) -- lua-sec has made it blocking
end

-- @tparam socket s connected
-- @tparam string host whom the certificate has to be for: a name, no address
-- @tparam[opt] string authorities a file with the certificates of those to trust
local function sec(s, host, authorities)
  local ssl = require "ssl"
  local fd = socket.dup(s:fileno())
  local handle = {getfd = function() return fd end, setfd = function() end}
  local conn = assert(ssl.wrap(handle, {
    mode = "client",
    protocol = "any",
    options = {"all", "no_sslv2", "no_sslv3", "no_tlsv1", "no_tlsv1_1"},
    verify = {"peer", "fail_if_no_peer_cert"},
    cafile = authorities or AUTHORITIES,
  }))
  local _ <close> = guard(conn)
  conn:settimeout(0)
  conn:sni(host)
  local self = setmetatable({socket = s, conn = conn}, Sec)
  patiently(s, conn.dohandshake, conn)
  check_name(conn:getpeercertificate(), host)
  return self
end

-- }}

-- {{ lua-luaossl: contexts and certificates; its connections are sockets of cqueues

local Ossl = {}
Ossl.__index = Ossl

-- Calls a method of the connection until it has what it needs.
function Ossl:call(method, ...)
  local errno = require "cqueues.errno"
  while true do
    local result, err = self.conn[method](self.conn, ...)
    if result or not err then return result end
    if err == errno.EPIPE and method == "recv" then return "" end -- so it calls the end
    if err ~= errno.EAGAIN and err ~= errno.ETIMEDOUT then error(errno.strerror(err), 0) end
    wait(self.socket, self.conn:events())
  end
end

function Ossl:sendall(data)
  local first = 1
  while first <= #data do first = first + self:call("send", data, first, #data, "bn") end
end

function Ossl:recv(size)
  return self:call("recv", -size, "bn")
end

-- Closes the duplicate. The peer does not hear of the end of TLS: cqueues could only tell it
-- together with the end of the stream.
function Ossl:close()
  self.conn:close()
end

-- As `sec`.
local function ossl(s, host, authorities)
  local ssl = require "openssl.ssl"
  local param = require("openssl.x509.verify_param").new()
  param:setHost(host)
  local store = require("openssl.x509.store").new()
  store:add(authorities or AUTHORITIES)
  local context = require("openssl.ssl.context").new("TLS")
  context:setVerify(ssl.VERIFY_PEER)
  context:setStore(store)
  local tls = ssl.new(context)
  tls:setHostName(host)
  tls:setParam(param)
  local conn = require("cqueues.socket").fdopen(socket.dup(s:fileno()))
  local _ <close> = guard(conn)
  conn:settimeout(0)
  conn:onerror(function(_, _, code) return code end)
  local self = setmetatable({socket = s, conn = conn}, Ossl)
  self:call("starttls", tls)
  return self
end

-- }}

return {sec = sec, ossl = ossl}
