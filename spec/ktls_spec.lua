-- Kernel TLS: what a connection sends is encrypted by the kernel, where it has the module. ./dev families has such a kernel.

local certificates = require "spec.certificates"
local core = require "pysocket.core"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local tls = require "spec.tls"

local ssl = tls.ssl

-- The number of connections that the kernel encrypts now.
local function encrypted()
  local statistics <close> = assert(io.open("/proc/net/tls_stat"))
  return tonumber(statistics:read("a"):match("TlsCurrTxSw%s+(%d+)"))
end

local function need_ktls()
  tls.need()
  local a = fixture.tcp_pair()
  local ok = pcall(a.setsockopt, a, socket.IPPROTO_TCP, socket.TCP_ULP or 31, "tls")
  if not ok then fixture.lacking("the kernel has no TLS") end
end

local function context_of(version)
  local context = tls.server_context()
  context.options = context.options | ssl.OP_ENABLE_KTLS
  context.maximum_version = version
  return context
end

-- Sends until the peer takes nothing more; the number of bytes that count as sent.
local function fill(s)
  s:settimeout(0.05)
  local sent = 0
  repeat
    local ok, err = pcall(s.sendall, s, ("a"):rep(1 << 20))
    sent = sent + (ok and 1 << 20 or err.characters_written)
  until not ok
  return sent
end

-- A file with that text, to be read.
local function file_of(text)
  return fixture.keep(assert(io.open(fixture.file(text), "rb")))
end

describe("kernel TLS", function()
  before_each(need_ktls)
  teardown(certificates.remove)

  for _, version in ipairs({"TLSv1_2", "TLSv1_3"}) do
    it("encrypts what a connection sends: " .. version, function()
      local before = encrypted()
      tls.with_pair(function(client, server)
        assert.equal(before + 1, encrypted())
        local text = ("a line\n"):rep(100000)
        local sending = loop.spawn(server.sendall, server, text)
        assert.is_true(tls.read_all(client, #text) == text)
        sending:join()
        client:sendall("an answer")
        assert.equal("an answer", server:recv(100))
        server:close()
        assert.equal("", client:recv(1)) -- close_notify has come
      end, {serving = context_of(ssl.TLSVersion[version]), suppress_ragged_eofs = false})
      assert.equal(before, encrypted())
    end)

    it("sends a file by sendfile(2), after what is still to be sent: " .. version, function()
      tls.with_pair(function(client, server)
        local text = ("x"):rep(1000000)
        local from = file_of(text)
        local sent = fill(server)
        server:settimeout(30)
        local fd = core.filedescriptor(from)
        local sending = loop.spawn(server.sendfile, server, fd, 0, #text) -- a bare descriptor can only be sent by the system
        assert.is_true(tls.read_all(client, sent + #text) == ("a"):rep(sent) .. text)
        assert.equal(#text, sending:join())
      end, {serving = context_of(ssl.TLSVersion[version])})
    end)

    it("has a sendfile outside of tasks wait for what is still to be sent: " .. version, function()
      fixture.need_command("openssl")
      local listener = fixture.keep(socket.create_server({"127.0.0.1", 0}, {ssl = context_of(ssl.TLSVersion[version])}))
      local client <const> = "openssl s_client -quiet -connect 127.0.0.1:%d </dev/null 2>/dev/null | (sleep 1; wc -c)"
      local child = fixture.command({"sh", "-c", client:format(listener:getsockname().port)})
      local server = tls.patient((listener:accept()))
      server:do_handshake()
      local sent = fill(server)
      server:settimeout(nil)
      local text = ("x"):rep(100000)
      assert.equal(#text, server:sendfile(file_of(text)))
      server:close()
      assert.equal(sent + #text, tonumber(child:rest()))
    end)
  end
end)
