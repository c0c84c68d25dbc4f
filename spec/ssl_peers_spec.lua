-- TLS with peers that others have written, and the examples of TLS: both directions, TLS 1.2 and 1.3.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local has_ssl, ssl = pcall(require, "pysocket.ssl")
local file = certificates.file

-- nginx on a socket of the file system: it has no port of its choice.
local NGINX <const> = [[
daemon off;
master_process off;
pid $FOLDER/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $FOLDER/body;
  proxy_temp_path $FOLDER/proxy;
  fastcgi_temp_path $FOLDER/fastcgi;
  uwsgi_temp_path $FOLDER/uwsgi;
  scgi_temp_path $FOLDER/scgi;
  server {
    listen unix:$FOLDER/socket ssl;
    ssl_certificate $CERTIFICATE;
    ssl_certificate_key $KEY;
    ssl_protocols TLSv1.2 TLSv1.3;
    location / {
      proxy_pass https://127.0.0.1:$PORT;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate $AUTHORITY;
      proxy_ssl_name localhost;
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
    }
  }
}
]]

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

  it("refuse a server of older versions alone", function()
    local command = "cd %s && exec openssl s_server -accept 127.0.0.1:0 -cert localhost.pem -key localhost.key -rev -tls1_1"
      .. " -cipher ALL:@SECLEVEL=0"
    local server = fixture.command({"sh", "-c", command:format(fixture.quote(certificates.folder()))})
    local port = port_of(server, "^ACCEPT 127%.0%.0%.1:(%d+)$")
    local err = fixture.raises(ssl.SSLError, connect, port, "1.3")
    assert.equal("TLSV1_ALERT_PROTOCOL_VERSION", err.reason)
  end)

  it("nginx: its server, and its client in front of a server of ours", function()
    if not fixture.has_command("/usr/sbin/nginx") then fixture.lacking("there is no nginx") end
    local upstream = fixture.keep(socket.create_server({"127.0.0.1", 0}, {ssl = server_context()}))
    upstream:settimeout(30)
    local folder = fixture.path()
    assert(os.execute("mkdir " .. folder))
    fixture.defer(os.execute, "rm -r " .. folder)
    local f <close> = assert(io.open(folder .. "/conf", "w"))
    f:write((NGINX:gsub("$(%u+)", {
      FOLDER = folder,
      CERTIFICATE = file("localhost.pem"),
      KEY = file("localhost.key"),
      AUTHORITY = file("authority.pem"),
      PORT = upstream:getsockname().port,
    })))
    f:close()
    local nginx = fixture.command({"/usr/sbin/nginx", "-p", folder, "-c", folder .. "/conf", "-e", "stderr"})
    for _, version in ipairs(VERSIONS) do
      loop.run(function()
        local serving = loop.spawn(function()
          local s = fixture.keep((upstream:accept()))
          s:settimeout(30)
          local request = s:makefile("rb"):readuntil("\r\n\r\n")
          s:sendall("HTTP/1.0 200 OK\r\n\r\nbehind nginx, over " .. s:version())
          s:close()
          return request
        end)
        local context = client_context(version)
        local s = fixture.keep(socket.socket(socket.AF_UNIX))
        s:settimeout(30)
        repeat
          local there = socket.protect(s.connect)(s, folder .. "/socket")
          assert.equal("", nginx:errors())
          if not there then loop.sleep(0.01) end
        until there
        context:set_alpn_protocols({"http/1.1"})
        s = fixture.keep(context:wrap_socket(s, {server_hostname = "localhost"}))
        assert.equal("http/1.1", s:selected_alpn_protocol())
        s:sendall("GET /page HTTP/1.0\r\nHost: localhost\r\n\r\n")
        local text = s:makefile("rb"):read("a")
        assert.matches("behind nginx, over TLSv1.3", text, 1, true)
        assert.matches("^GET /page HTTP/1.[01]", serving:join())
      end)
    end
    nginx:close()
  end)

  it("LuaSec's server", function()
    if not pcall(require, "ssl") then fixture.lacking("there is no lua-sec") end
    local script = "local s = assert(require('socket').bind('127.0.0.1', 0)) print((select(2, s:getsockname())))"
      .. " io.stdout:flush() local c = assert(s:accept()) c = assert(require('ssl').wrap(c, {mode = 'server',"
      .. " protocol = 'any', certificate = '%s', key = '%s'})) assert(c:dohandshake()) c:send(c:receive('*l'):upper()"
      .. " .. '\\n') c:close()"
    local server = fixture.command({fixture.interpreter, "-e", script:format(file("localhost.pem"), file("localhost.key"))})
    local s = connect(tonumber(server:line()), "1.3")
    s:sendall("hello\n")
    assert.equal("HELLO\n", s:recv(100))
  end)

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
