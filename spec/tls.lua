-- What specs of TLS share: contexts, and pairs of connections.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"

local has_ssl, ssl = pcall(require, "pysocket.ssl")
assert(has_ssl or not package.searchpath("pysocket._ssl", package.cpath), ssl) -- it was built, and does not load
local file = certificates.file

local tls = {ssl = ssl}

--- Skips the spec where the library was built without TLS.
function tls.need()
  if not has_ssl then fixture.lacking("built without TLS") end
end

--- A server's context with that certificate (spec/certificates.lua).
function tls.server_context(name)
  name = name or "localhost"
  local context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
  context:load_cert_chain(file(name .. ".pem"), file(name .. ".key"))
  return context
end

--- A client's context that trusts that authority.
function tls.client_context(authority)
  return ssl.create_default_context{cafile = file((authority or "authority") .. ".pem")}
end

--- A connection with a long timeout, which is closed at the end of the test.
function tls.patient(s)
  s:settimeout(30 * fixture.SLOWNESS)
  return fixture.keep(s)
end

--- Receives that number of bytes.
function tls.read_all(s, length)
  local parts = {}
  while length > 0 do
    parts[#parts + 1] = s:recv(65536)
    length = length - #parts[#parts]
  end
  return table.concat(parts)
end

--- Two ends of a connection over TLS, connected within one loop: calls f(client, server) as a task. Options: `certificate` or
--- `serving` (a context), `context` of the client, `hostname` (false: none), `suppress_ragged_eofs`.
function tls.with_pair(f, options)
  options = options or {}
  local a, b = fixture.tcp_pair()
  local hostname = options.hostname
  if hostname == nil then hostname = "localhost" end
  loop.run(function()
    local serving = loop.spawn(function()
      local context = options.serving or tls.server_context(options.certificate)
      return tls.patient(context:wrap_socket(b, {server_side = true}))
    end)
    local client = tls.patient((options.context or tls.client_context()):wrap_socket(a, {
      server_hostname = hostname or nil,
      suppress_ragged_eofs = options.suppress_ragged_eofs,
    }))
    f(client, serving:join())
  end)
end

return tls
