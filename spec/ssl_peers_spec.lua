-- TLS with peers that others have written, and the examples of TLS: both directions, TLS 1.2 and 1.3.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local has_ssl, ssl = pcall(require, "pysocket.ssl")
local file = certificates.file

local VERSIONS <const> = {"1.2", "1.3"}

local function client_context(version)
  local context = ssl.create_default_context({cafile = file("authority.pem")})
  context.maximum_version = ssl.TLSVersion["TLSv" .. version:gsub("%.", "_")]
  return context
end

local function server_context()
  local context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
  context:load_cert_chain(file("localhost.pem"), file("localhost.key"))
  return context
end

-- The port that a line of a child's output names.
local function port_of(child, pattern)
  local port
  repeat port = assert(child:line(), "the peer said nothing"):match(pattern) until port
  return tonumber(port)
end

local function connect(port, version)
  local s = socket.create_connection({"localhost", port}, 30, nil, {ssl = client_context(version)})
  return fixture.keep(s)
end

-- Accepts the connection over TLS of the child that `start` begins, and answers with the line that it has received in
-- upper case; what the child prints first.
local function answer(start)
  local listener = fixture.keep(socket.create_server({"127.0.0.1", 0}, {ssl = server_context()}))
  local client
  loop.run(function()
    listener:settimeout(30)
    local task = loop.spawn(function()
      local s = fixture.keep((listener:accept()))
      s:settimeout(30)
      local reader = s:makefile("rb")
      local line = reader:read("l")
      s:sendall(line:upper() .. "\n")
      s:close()
      reader:close()
      return line
    end)
    client = start(listener:getsockname().port)
    assert.equal("hello", task:join())
  end)
  return client:line()
end

describe("TLS with peers of others", function()
  before_each(function()
    if not has_ssl then fixture.lacking("built without TLS") end
  end)
  teardown(certificates.remove)

  for _, version in ipairs(VERSIONS) do
    describe("over TLS " .. version .. ",", function()
      it("openssl's server", function()
        local command = "cd %s && exec openssl s_server -accept 127.0.0.1:0 -cert localhost.pem -key localhost.key -rev"
        local server = fixture.command({"sh", "-c", command:format(fixture.quote(certificates.folder()))})
        local s = connect(port_of(server, "^ACCEPT 127%.0%.0%.1:(%d+)$"), version)
        assert.equal("TLSv" .. version, s:version())
        s:sendall("stressed\n")
        assert.equal("desserts\n", s:recv(100))
      end)

      it("openssl's client", function()
        assert.equal("HELLO", answer(function(port)
          local command = "(echo hello; sleep 100) | openssl s_client -connect localhost:%d -CAfile %s -verify_return_error"
            .. " -quiet -no_ign_eof -tls%s 2>/dev/null"
          return fixture.command({
            "sh", "-c", command:format(port, fixture.quote(file("authority.pem")), (version:gsub("%.", "_"))),
          })
        end))
      end)

      it("Python's server and client", function()
        fixture.need_command("python3")
        local server = fixture.command({
          "python3", "spec/roles/tls_server.py", file("localhost.pem"), file("localhost.key"),
        })
        local s = connect(tonumber(server:line()), version)
        s:sendall("hello\n")
        assert.equal("HELLO\n", s:recv(100))
        assert.equal("", s:recv(100))
        assert.equal("HELLO", answer(function(port)
          return fixture.command({
            "python3", "spec/roles/tls_client.py", tostring(port), file("authority.pem"), version,
          })
        end))
      end)
    end)
  end

  it("LuaSec's client, which keeps its own way of waiting", function()
    if not pcall(require, "ssl") then fixture.lacking("there is no lua-sec") end
    assert.equal("HELLO", answer(function(port)
      local script = "local s = require('socket').tcp() assert(s:connect('127.0.0.1', %d))"
        .. " s = assert(require('ssl').wrap(s, {mode = 'client', protocol = 'any', cafile = '%s', verify = 'peer'}))"
        .. " assert(s:dohandshake()) s:send('hello\\n') print((s:receive('*l')))"
      return fixture.command({fixture.interpreter, "-e", script:format(port, file("authority.pem"))})
    end))
  end)
end)

describe("the examples of TLS:", function()
  before_each(function()
    if not has_ssl then fixture.lacking("built without TLS") end
  end)

  -- A server of ours that ends after so many connections, and its port.
  local function serve(connections)
    local server = fixture.command({
      fixture.interpreter, "examples/https_server.lua", file("localhost.pem"), file("localhost.key"),
      "127.0.0.1", "0", tostring(connections), preload = true,
    })
    return server, port_of(server, "^listening on 127%.0%.0%.1:(%d+)$")
  end

  it("https_server.lua serves curl, and https_get.lua several times at once", function()
    fixture.need_command("curl")
    local server, port = serve(3)
    local url = ("https://localhost:%d/"):format(port)
    local curl = fixture.command({"curl", "-sS", "--noproxy", "*", "--cacert", file("authority.pem"), url})
    assert.matches("that came over TLSv1.3", curl:rest(), 1, true)
    local authority = "SSL_CERT_FILE=" .. file("authority.pem")
    local client = fixture.command({
      "env", authority, fixture.interpreter, "examples/https_get.lua", url, url, preload = true,
    })
    assert.equal(("<title>A page</title>\n<p>that came over TLSv1.3.\n"):rep(2), client:rest())
    assert.equal(0, client:wait())
    assert.equal(0, server:wait())
  end)

  it("https_get.lua refuses an authority that it does not know", function()
    local _, port = serve(1)
    local client = fixture.command({
      "env", "SSL_CERT_FILE=" .. file("stranger.pem"), fixture.interpreter, "examples/https_get.lua",
      ("https://localhost:%d/"):format(port), preload = true,
    })
    assert.equal("", client:rest())
    assert.equal(1, client:wait())
    assert.matches("CERTIFICATE_VERIFY_FAILED", client:errors(), 1, true)
  end)

  it("mutual_tls.lua", function()
    local client = fixture.command({
      fixture.interpreter, "examples/mutual_tls.lua", file("authority.pem"), file("localhost.pem"), file("localhost.key"),
      file("client.pem"), file("client.key"), preload = true,
    })
    assert.equal("localhost says: hello, client\n", client:rest())
    assert.equal(0, client:wait())
  end)
end)
