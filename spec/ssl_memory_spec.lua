-- TLS without sockets: MemoryBIO and SSLObject.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local socket = require "pysocket"
local tls = require "spec.tls"

local ssl = tls.ssl

-- Two connections that read what the other one writes, with their handshake still to do.
local function connected(options)
  local there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
  options = options or {}
  local client = (options.context or tls.client_context()):wrap_bio(back, there, {
    server_hostname = options.hostname or "localhost",
    session = options.session,
  })
  local server = (options.serving or tls.server_context()):wrap_bio(there, back, true)
  return client, server, there, back
end

-- Has both sides go on by turns until neither has to wait.
local function shake_hands(client, server)
  local try = socket.protect(client.do_handshake)
  repeat
    local done, err = try(client)
    if not done and not socket.isinstance(err, ssl.SSLWantReadError) then error(err, 0) end
    local other_done, other_err = try(server)
    if not other_done and not socket.isinstance(other_err, ssl.SSLWantReadError) then error(other_err, 0) end
  until done and other_done
end

describe("a MemoryBIO", function()
  before_each(tls.need)

  it("gives the bytes that were written, in order", function()
    local bio = ssl.MemoryBIO()
    assert.equal("", bio:read())
    assert.equal(5, bio:write("hello"))
    assert.equal(6, bio:write(socket.bytearray(" world")))
    assert.equal(11, bio.pending)
    assert.equal("hell", bio:read(4))
    assert.equal("", bio:read(0))
    assert.equal("o world", bio:read())
    assert.equal(0, bio.pending)
  end)

  it("is at its end once that was written and nothing is left", function()
    local bio = ssl.MemoryBIO()
    bio:write("x")
    assert.is_false(bio.eof)
    bio:write_eof()
    assert.is_false(bio.eof)
    assert.equal("x", bio:read())
    assert.is_true(bio.eof)
    local err = fixture.raises(ssl.SSLError, bio.write, bio, "y")
    assert.matches("cannot write() after write_eof()", tostring(err), 1, true)
  end)

  it("refuses what are no bytes", function()
    local bio = ssl.MemoryBIO()
    fixture.refuses("bad argument #1 to 'write'", bio.write, bio, 1)
    fixture.refuses("MemoryBIO expected, got number", bio.read, 1)
  end)
end)

describe("an SSLObject", function()
  before_each(tls.need)
  teardown(certificates.remove)

  it("carries bytes both ways, and says what it uses", function()
    local client, server = connected()
    assert.is_nil(client:version())
    shake_hands(client, server)
    assert.equal("TLSv1.3", client:version())
    assert.equal("localhost", client:getpeercert().subjectAltName[1][2])
    assert.same({false, true, "localhost"}, {client.server_side, server.server_side, client.server_hostname})
    assert.equal(5, client:write("hello"))
    assert.equal("hel", server:read(3))
    assert.equal(2, server:pending())
    local buffer = socket.bytearray(10)
    assert.equal(2, server:read(10, buffer))
    assert.equal("lo", tostring(buffer):sub(1, 2))
    assert.equal(16384, server:write(("x"):rep(20000)))
    local length = 0
    while length < 16384 do length = length + #client:read(20000) end
    assert.equal(16384, length)
  end)

  it("shakes hands in its first call that moves bytes", function()
    local client, server = connected()
    fixture.raises(ssl.SSLWantReadError, client.write, client, "early")
    fixture.raises(ssl.SSLWantReadError, server.read, server, 100)
    assert.equal(5, client:write("early"))
    assert.equal("early", server:read(100))
  end)

  it("wants more where bytes are missing", function()
    local client, server = connected()
    shake_hands(client, server)
    local err = fixture.raises(ssl.SSLWantReadError, server.read, server)
    assert.equal(ssl.SSL_ERROR_WANT_READ, err.errno)
  end)

  it("ends in order by unwrap, and by nothing else", function()
    local client, server = connected()
    shake_hands(client, server)
    fixture.raises(ssl.SSLWantReadError, client.unwrap, client)
    assert.equal("", server:read())
    server:unwrap()
    client:unwrap()
    local there
    client, server, there = connected()
    shake_hands(client, server)
    there:write_eof()
    fixture.raises(ssl.SSLEOFError, server.read, server)
  end)

  it("refuses a certificate as a socket does", function()
    local client, server = connected({serving = tls.server_context("other.example")})
    local err = fixture.raises(ssl.SSLCertVerificationError, shake_hands, client, server)
    assert.matches("Hostname mismatch", err.verify_message, 1, true)
  end)

  it("asks the functions of its context", function()
    local serving = tls.server_context()
    local seen
    function serving.sni_callback(object, name) seen = {object, name} end
    local client, server = connected({serving = serving})
    shake_hands(client, server)
    assert.is_true(rawequal(server, seen[1]))
    assert.equal("localhost", seen[2])
    function serving.sni_callback() error("no", 0) end
    client, server = connected({serving = serving})
    pcall(client.do_handshake, client)
    assert.same({false, "no"}, {pcall(server.do_handshake, server)})
    local err = fixture.raises(ssl.SSLError, server.read, server)
    assert.matches("has ended the handshake", err.strerror, 1, true)
  end)

  it("resumes a session, of its own context alone", function()
    local context = tls.client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    local serving = tls.server_context()
    local client, server = connected({context = context, serving = serving})
    shake_hands(client, server)
    local session = client.session
    assert.is_false(client.session_reused)
    client, server = connected({context = context, serving = serving, session = session})
    shake_hands(client, server)
    assert.is_true(client.session_reused)
    fixture.refuses("session refers to a different SSLContext", connected, {serving = serving, session = session})
  end)

  it("is collected with what it was connected to", function()
    local function cycle()
      local client, server = connected()
      shake_hands(client, server)
    end
    cycle()
    collectgarbage()
    collectgarbage()
    local before = collectgarbage("count")
    for _ = 1, 10 do cycle() end
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage("count") - before < 50)
  end)

  it("needs two MemoryBIOs, and a name to verify", function()
    local context = tls.client_context()
    local bio = ssl.MemoryBIO()
    fixture.refuses("check_hostname requires server_hostname", context.wrap_bio, context, bio, bio)
    fixture.refuses("MemoryBIO expected, got nil", context.wrap_bio, context, nil, bio, false, "localhost")
  end)
end)
