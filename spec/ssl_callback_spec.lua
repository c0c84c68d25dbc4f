-- What users' functions decide in the midst of a handshake: names of servers, keys in place of certificates; and the file of
-- secrets.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local tls = require "spec.tls"

local ssl = tls.ssl

-- Runs the handshake of both sides: the error of the server, and of the client.
local function both_fail(serving, context, hostname)
  local a, b = fixture.tcp_pair()
  local of_server, of_client, _
  loop.run(function()
    local task = loop.spawn(function()
      return select(2, pcall(serving.wrap_socket, serving, b, {server_side = true}))
    end)
    _, of_client = pcall(context.wrap_socket, context, a, {server_hostname = hostname})
    of_server = task:join()
  end)
  return of_server, of_client
end

describe("sni_callback", function()
  before_each(tls.need)
  teardown(certificates.remove)

  it("is told the name that the client asks for, and may choose another context", function()
    local other = tls.server_context("other.example")
    local serving = tls.server_context()
    local seen
    serving.sni_callback = function(conn, name, context)
      seen = {conn, name, context}
      conn.context = other
    end
    tls.with_pair(function(client, server)
      assert.equal("other.example", client:getpeercert().subjectAltName[1][2])
      assert.is_true(rawequal(seen[1], server))
      assert.equal("other.example", seen[2])
      assert.is_true(rawequal(seen[3], serving))
      assert.is_true(rawequal(server.context, other))
    end, {serving = serving, hostname = "other.example"})
  end)

  it("is told nil by a client that asks for no name", function()
    local serving = tls.server_context()
    local seen = "nothing"
    function serving.sni_callback(_, name) seen = name end
    local context = tls.client_context()
    context.check_hostname = false
    tls.with_pair(function() assert.is_nil(seen) end, {serving = serving, context = context, hostname = false})
  end)

  it("ends the handshake by an alert", function()
    local serving = tls.server_context()
    function serving.sni_callback() return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME end
    local of_server, of_client = both_fail(serving, tls.client_context(), "localhost")
    assert.equal("CALLBACK_FAILED", of_server.reason)
    assert.equal("TLSV1_UNRECOGNIZED_NAME", of_client.reason)
  end)

  it("ends the handshake by its own error, which the handshake raises", function()
    local serving = tls.server_context()
    local failure = setmetatable({}, {__name = "failure"})
    function serving.sni_callback() error(failure) end
    local of_server, of_client = both_fail(serving, tls.client_context(), "localhost")
    assert.is_true(rawequal(failure, of_server))
    assert.is_true(socket.isinstance(of_client, ssl.SSLError))
  end)

  it("has to return an alert or nil", function()
    local serving = tls.server_context()
    function serving.sni_callback() return "no alert" end
    assert.matches("must return nil or an ALERT_DESCRIPTION", (both_fail(serving, tls.client_context(), "localhost")), 1, true)
  end)

  it("cannot use its own connection", function()
    local serving = tls.server_context()
    local _, err
    function serving.sni_callback(conn) _, err = pcall(conn.recv, conn, 1) end
    tls.with_pair(function() assert.equal("EBUSY", err.name) end, {serving = serving})
  end)

  it("may close its own connection, which ends the handshake", function()
    local serving = tls.server_context()
    function serving.sni_callback(conn) conn:close() end
    local of_server = both_fail(serving, tls.client_context(), "localhost")
    assert.equal("EBADF", of_server.name)
  end)

  it("may do what moves the memory of a file that began the handshake", function()
    local serving = tls.server_context()
    local a, b = fixture.tcp_pair()
    loop.run(function()
      local s = tls.patient(serving:wrap_socket(b, {server_side = true, do_handshake_on_connect = false}))
      local reader = s:makefile("rb")
      function serving.sni_callback()
        for _ = 1, 100 do
          local _ <const> = ("x"):rep(100000)
        end
        collectgarbage()
        local read = socket.protect(reader.read)
        read(reader, 1 << 20)
      end
      local task = loop.spawn(function() return reader:read("l") end)
      local client = tls.patient(tls.client_context():wrap_socket(a, {server_hostname = "localhost"}))
      client:sendall("a line\n")
      assert.equal("a line", task:join())
    end)
  end)

  it("is gone once it is nil, and is for servers alone", function()
    local serving = tls.server_context()
    function serving.sni_callback() error("not called") end
    serving.sni_callback = nil
    assert.is_nil(serving.sni_callback)
    tls.with_pair(function(client) assert.equal("TLSv1.3", client:version()) end, {serving = serving})
    fixture.refuses("sni_callback cannot be set on a context of clients", function()
      tls.client_context().sni_callback = print
    end)
    fixture.refuses("function expected, got number", serving.set_servername_callback, serving, 1)
  end)
end)

describe("a key in place of certificates", function()
  before_each(tls.need)

  local function contexts(version)
    local client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client.check_hostname = false
    client.verify_mode = ssl.CERT_NONE
    for _, context in ipairs({client, server}) do
      context.maximum_version = version
      context:set_ciphers("PSK")
    end
    return client, server
  end

  for _, name in ipairs({"TLSv1_2", "TLSv1_3"}) do
    it("is found by the client's identity: " .. name, function()
      local client, server = contexts(ssl.TLSVersion[name])
      local hints, identities = {}, {}
      client:set_psk_client_callback(function(hint)
        hints[#hints + 1] = hint or "none"
        return "ada", "a key of some length"
      end)
      server:set_psk_server_callback(function(identity)
        identities[#identities + 1] = identity
        return "a key of some length"
      end, "who are you?")
      tls.with_pair(function(a, b)
        a:sendall("hello")
        assert.equal("hello", b:recv(100))
        assert.equal(name:gsub("_", "."), a:version())
        assert.is_nil(a:getpeercert())
      end, {context = client, serving = server, hostname = false})
      assert.equal("ada", identities[1])
      assert.equal(name == "TLSv1_2" and "who are you?" or "none", hints[1])
    end)
  end

  it("has to be the same on both sides", function()
    local client, server = contexts(ssl.TLSVersion.TLSv1_2)
    client:set_psk_client_callback(function() return "ada", "one" end)
    server:set_psk_server_callback(function() return "another" end)
    local of_server = both_fail(server, client)
    if of_server.reason ~= "RECORD_LAYER_FAILURE" then -- as newer releases of OpenSSL call it
      assert.equal("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", of_server.reason)
    end
  end)

  it("is refused for an identity that is unknown", function()
    local client, server = contexts(ssl.TLSVersion.TLSv1_2)
    client:set_psk_client_callback(function() return "ada", "one" end)
    server:set_psk_server_callback(function() return nil end)
    assert.equal("PSK_IDENTITY_NOT_FOUND", (both_fail(server, client)).reason)
  end)

  it("comes from functions whose errors the handshake raises", function()
    local client, server = contexts(ssl.TLSVersion.TLSv1_3)
    client:set_psk_client_callback(function() error("no key today", 0) end)
    server:set_psk_server_callback(function() return "key" end)
    local _, of_client = both_fail(server, client)
    assert.equal("no key today", of_client)
    client:set_psk_client_callback(function() return "ada", ("k"):rep(1000) end)
    _, of_client = both_fail(server, client)
    assert.matches("the key has 1000 bytes", of_client, 1, true)
    client:set_psk_client_callback(function() return 1, "key" end)
    _, of_client = both_fail(server, client)
    assert.matches("the identity must be a string or nil, got number", of_client, 1, true)
  end)

  it("is asked for on the right side alone", function()
    local client, server = contexts(ssl.TLSVersion.TLSv1_3)
    fixture.refuses("a context of servers takes no callback of clients", server.set_psk_client_callback, server, print)
    fixture.refuses("a context of clients takes no callback of servers", client.set_psk_server_callback, client, print)
  end)
end)

describe("keylog_filename", function()
  before_each(tls.need)
  teardown(certificates.remove)

  it("is where the secrets of connections are written", function()
    local path = fixture.path()
    local context = tls.client_context()
    context.keylog_filename = path
    assert.equal(path, context.keylog_filename)
    tls.with_pair(function() end, {context = context})
    local f <close> = assert(io.open(path))
    assert.matches("CLIENT_HANDSHAKE_TRAFFIC_SECRET %x+ %x+\n", f:read("a"))
    context.keylog_filename = nil
    assert.is_nil(context.keylog_filename)
  end)

  it("has to be a file that can be written", function()
    local context = tls.client_context()
    local err = fixture.raises(socket.error, function() context.keylog_filename = "/nowhere/secrets" end)
    assert.equal("ENOENT", err.name)
    assert.is_nil(context.keylog_filename)
  end)

  it("of a default context is the one that the environment names", function()
    local path = fixture.path()
    local script = 'print(require "pysocket.ssl".create_default_context().keylog_filename)'
    local child = fixture.command({"env", "SSLKEYLOGFILE=" .. path, fixture.interpreter, "-e", script, preload = true})
    assert.equal(path, child:line())
  end)
end)
