-- Runs the examples of LuaSec's behaviour, as examples.lua does those of LuaSocket's.

local certificates = require "spec.certificates"
local examples = require "spec.luasocket.examples"

local ssl_examples = { cases = require "spec.luasocket.ssl_cases" }

local Environment = {}
Environment.__index = Environment

function Environment:file(name) return certificates.file(name) end

function Environment:certificate(name)
  local file <close> = assert(io.open(certificates.file(name)))
  return self.ssl.loadcertificate(file:read("a"))
end

local function with(settings, defaults)
  for name, value in pairs(defaults) do
    if settings[name] == nil then settings[name] = value end
  end
  return settings
end

function Environment:context(settings)
  return self.ssl.newcontext(with(settings, { mode = "client", protocol = "any" }))
end

-- The context of a server with another name.
function Environment:other()
  return self.ssl.newcontext({
    mode = "server",
    protocol = "any",
    key = certificates.file("other.example.key"),
    certificate = certificates.file("other.example.pem"),
  })
end

-- Two connected objects without TLS.
function Environment:connect()
  self.server = self.server or assert(self.socket.bind("127.0.0.1", 0))
  local host, port = self.server:getsockname()
  local one = assert(self.socket.connect(host, port))
  return one, assert(self.server:accept())
end

-- A connection whose handshake has not begun; `plain` is its peer.
function Environment:fresh()
  self.given, self.plain = self:connect()
  local fresh = assert(self.ssl.wrap(self.given, { mode = "client", protocol = "any" }))
  fresh:settimeout(10)
  return fresh
end

-- Goes on with a handshake as far as that is possible: what it returned, or nil where it waits.
local function step(object, results)
  if results[1] ~= nil then return true end
  local ok, err = object:dohandshake()
  if ok or not err:find("^want") then results[1], results[2] = ok, err end
  return results[1] ~= nil
end

-- Makes `a`, a client, and `b`, a server, with those settings: what their handshakes return.
function Environment:pair(client, server, before)
  local one, other = self:connect()
  self.a = assert(self.ssl.wrap(one, with(client or {}, { mode = "client", protocol = "any" })))
  self.b = assert(self.ssl.wrap(other, with(server or {}, {
    mode = "server",
    protocol = "any",
    key = certificates.file("localhost.key"),
    certificate = certificates.file("localhost.pem"),
  })))
  if before then before(self.a, self.b) end
  self.a:settimeout(0)
  self.b:settimeout(0)
  local of_a, of_b = {}, {}
  repeat
    local done_a, done_b = step(self.a, of_a), step(self.b, of_b)
    if not (done_a and done_b) then self.socket.select({ self.a, self.b }, nil, 0.1) end
  until done_a and done_b
  -- the sessions that the server offers: where the client closes without them, its descriptor is reset
  if of_a[1] and of_b[1] then self.a:receive() end
  self.a:settimeout(10)
  self.b:settimeout(10)
  return of_a[1], of_a[2], of_b[1], of_b[2]
end

-- The same, of which the results of the client alone are certain: the server may hear of a failure or not.
function Environment:fails(...)
  local ok, err, _, reason = self:pair(...)
  if ok then return ok, reason end
  return ok, err
end

-- Ends the connection of an object without the end of TLS.
function Environment:cut(object)
  local plain = self:connect()
  plain:close()
  plain:setfd(object:getfd())
  plain:shutdown("send")
  plain:setfd(-1)
end

function Environment:pump(count) return examples.pump(self, count, "wantread") end

-- The results of an example as text.
function ssl_examples.run(case, socket, ssl)
  local e = setmetatable({ socket = socket, ssl = ssl }, Environment)
  local results = table.pack(pcall(case[2], e))
  for _, name in ipairs({ "a", "b", "given", "plain", "server" }) do
    if e[name] then e[name]:close() end
  end
  if not results[1] then return "error: " .. tostring(results[2]) end
  for i = 2, results.n do results[i] = examples.write(results[i]) end
  return table.concat(results, " ", 2, results.n)
end

return ssl_examples
