local certificates = require "spec.certificates"
local core = require "pysocket.core"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local tls = require "spec.tls"

local ssl = tls.ssl
local file = certificates.file
local client_context, patient, server_context, with_pair = tls.client_context, tls.patient, tls.server_context, tls.with_pair

describe("ssl", function()
  before_each(tls.need)
  teardown(certificates.remove)

  describe("a default context", function()
    it("verifies servers and their names, and refuses what is older than TLS 1.2", function()
      local context = ssl.create_default_context{cafile = file("authority.pem")}
      assert.equal(ssl.CERT_REQUIRED, context.verify_mode)
      assert.is_true(context.check_hostname)
      assert.equal(ssl.TLSVersion.TLSv1_2, context.minimum_version)
    end)

    it("of a server asks clients for nothing", function()
      local context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
      assert.equal(ssl.CERT_NONE, context.verify_mode)
      assert.is_false(context.check_hostname)
    end)

    it("refuses to connect without a name to verify", function()
      local a = fixture.tcp_pair()
      local context = client_context()
      fixture.refuses("check_hostname requires server_hostname", context.wrap_socket, context, a)
    end)

    it("names a file that it cannot read", function()
      local err = fixture.raises(socket.error, ssl.create_default_context, {cafile = "/nowhere"})
      assert.equal("ENOENT", err.name)
    end)
  end)

  describe("a connection", function()
    it("carries bytes both ways, and says what it uses", function()
      with_pair(function(client, server)
        client:sendall("hello")
        assert.equal("hello", server:recv(100))
        server:sendall("welcome")
        assert.equal("welcome", client:recv(100))
        assert.equal("TLSv1.3", client:version())
        assert.matches("^TLS_", (client:cipher()))
        assert.equal("localhost", client:getpeercert().subjectAltName[1][2])
        assert.is_nil(server:getpeercert())
      end)
    end)

    it("whose peer has ended TLS fails to send, also by a file", function()
      with_pair(function(client, server)
        client:close()
        assert.equal("", server:recv(1))
        local writer = server:makefile("wb")
        local ok, err
        repeat ok, err = pcall(function() writer:write("more"):flush() end) until not ok
        assert.is_true(socket.isinstance(err, socket.ConnectionError))
        pcall(writer.close, writer)
      end)
    end)

    it("ends for the peer when it is closed", function()
      with_pair(function(client, server)
        server:sendall("bye")
        server:close()
        assert.equal("bye", client:recv(100))
        assert.equal("", client:recv(100))
      end, {suppress_ragged_eofs = false})
    end)

    it("that is cut off raises SSLEOFError, unless that is suppressed", function()
      with_pair(function(client, server)
        socket.close(server:detach())
        fixture.raises(ssl.SSLEOFError, client.recv, client, 100)
      end, {suppress_ragged_eofs = false})
      with_pair(function(client, server)
        socket.close(server:detach())
        assert.equal("", client:recv(100))
      end)
    end)

    it("moves megabytes in both directions at once", function()
      local text = ("0123456789abcdef"):rep(1 << 17)
      local function read(s)
        local parts, length = {}, 0
        while length < #text do
          parts[#parts + 1] = s:recv(65536)
          length = length + #parts[#parts]
        end
        return table.concat(parts)
      end
      with_pair(function(client, server)
        local there, back = loop.spawn(read, server), loop.spawn(read, client)
        local writer = loop.spawn(server.sendall, server, text)
        client:sendall(text)
        writer:join()
        assert.is_true(there:join() == text)
        assert.is_true(back:join() == text)
      end)
    end)

    it("lets the others have their turn in the midst of a long sendall", function()
      local sender, receiver
      with_pair(function(client, server) sender, receiver = client, server end)
      local size <const> = 3 << 19 -- of what the system takes at once
      local l <close> = loop.new()
      local task = l:spawn(sender.sendall, sender, ("x"):rep(size))
      l:step(0)
      assert.equal("ready", task:status())
      l:spawn(function()
        local left = size
        repeat left = left - #receiver:recv(left) until left == 0
      end)
      l:run()
      assert.equal("done", task:status())
    end)

    it("is what a file reads from and writes to", function()
      with_pair(function(client, server)
        local reader, writer = server:makefile("rb"), client:makefile("wb")
        writer:write("one\n", "two\n", ("x"):rep(100000), "\n")
        local task = loop.spawn(function() return reader:read("l"), reader:read("l"), #reader:read("l") end)
        writer:flush()
        local first, second, third = task:join()
        assert.same({"one", "two", 100000}, {first, second, third})
      end)
    end)

    it("keeps its descriptor where unwrap runs out of memory", function()
      local starved = fixture.starving()
      with_pair(function(client, server)
        local task = loop.spawn(server.unwrap, server)
        while client:recv(1) ~= "" do end -- close_notify has come
        local fd, n = client:fileno(), 0
        local ok, plain
        repeat
          n = n + 1
          ok, plain = starved(n, client.unwrap, client)
          assert.equal(fd, (ok and plain or client):fileno())
        until ok
        assert.is_true(n > 1)
        plain:close()
        task:join():close()
      end)
    end)

    it("does not hold the others in a close with SO_LINGER, set before TLS", function()
      assert.equal("wrapped\ttrue\n", fixture.child("linger", "wrapped"):rest())
    end)

    it("of the contents of a file by sendfile is encrypted", function()
      with_pair(function(client, server)
        local text = ("a line of a file\n"):rep(10000)
        local from <close> = assert(io.open(fixture.file(text), "rb"))
        local sending = loop.spawn(client.sendfile, client, from, 17, 100000)
        assert.is_true(tls.read_all(server, 100000) == text:sub(18, 100017))
        assert.equal(100000, sending:join())
        assert.equal(100017, from:seek())
        assert.equal("EOPNOTSUPP", fixture.raises(socket.OSError, client.sendfile, client, core.filedescriptor(from)).name)
      end)
    end)

    it("of a file is flushed whole, also where the last record has to wait", function()
      with_pair(function(client, server)
        local writer = client:makefile("wb")
        local task = loop.spawn(function()
          writer:write(("a"):rep(1 << 22))
          writer:flush()
        end)
        local length = 0
        local reader = server:makefile("rb")
        while length < 1 << 22 do length = length + #reader:read(1 << 16) end
        task:join()
        assert.equal(1 << 22, length)
      end)
    end)

    it("whose file is non-blocking gives nothing where nothing has come", function()
      with_pair(function(client)
        client:settimeout(0)
        local data, err = client:makefile("rb"):read(1)
        assert.is_nil(data)
        assert.is_true(socket.isinstance(err, socket.BlockingIOError))
      end)
    end)

    it("becomes a plain socket again when both sides end TLS", function()
      with_pair(function(client, server)
        local task = loop.spawn(server.unwrap, server)
        local plain = fixture.keep(client:unwrap())
        local other = fixture.keep(task:join())
        plain:sendall("plain")
        assert.equal("plain", other:recv(100))
        assert.is_false(socket.isinstance(plain, ssl.SSLSocket))
      end)
    end)

    it("raises SSLWantReadError where it is non-blocking", function()
      with_pair(function(client)
        client:settimeout(0)
        local err = fixture.raises(ssl.SSLWantReadError, client.recv, client, 1)
        assert.equal(ssl.SSL_ERROR_WANT_READ, err.errno)
        assert.is_true(socket.isinstance(err, ssl.SSLError))
        assert.is_true(socket.isinstance(err, socket.error))
      end)
    end)

    it("refuses what makes no sense for a stream", function()
      with_pair(function(client)
        fixture.refuses("not allowed on instances of SSLSocket", client.recvfrom, client, 1)
        fixture.refuses("non-zero flags not allowed", client.recv, client, 1, socket.MSG_PEEK)
      end)
    end)
  end)

  it("says what it is", function()
    with_pair(function(client)
      assert.matches("^<ssl%.SSLSocket fd=%d+, family=2, type=1, proto=0, laddr=", tostring(client))
      client:close()
      assert.matches("^<ssl%.SSLSocket %[closed%] fd=%-1,", tostring(client))
    end)
  end)

  it("does not begin behind plain bytes that a file has received and not given out", function()
    local a, b = fixture.tcp_pair()
    local reader = fixture.keep(a:makefile("rb"))
    b:sendall("220 ready for TLS\r\nMAIL FROM: somebody in the middle\r\n")
    assert.equal("220 ready for TLS\r", reader:read("l"))
    local context = client_context()
    local err = fixture.raises(ssl.SSLError, context.wrap_socket, context, a, {server_hostname = "localhost"})
    assert.matches("a file has received 35 bytes before TLS and not given them out", err.strerror, 1, true)
    assert.is_true(a:fileno() >= 0)
  end)

  describe("a record under way", function()
    -- Fills what the kernel takes until a send would wait; the bytes that were taken.
    local function fill(s, piece)
      s:settimeout(0)
      local sent = 0
      while true do
        local ok, n = pcall(s.send, s, piece)
        if not ok then
          assert.is_true(socket.isinstance(n, ssl.SSLWantWriteError), tostring(n))
          return sent
        end
        sent = sent + n
      end
    end

    it("is sent once, by whichever call gives the same bytes again", function()
      with_pair(function(client, server)
        local piece = ("a"):rep(10000)
        local sent = fill(client, piece)
        local reader = loop.spawn(tls.read_all, server, sent + #piece)
        client:settimeout(30)
        assert.equal(#piece, client:send(piece))
        assert.is_true(reader:join() == ("a"):rep(sent + #piece))
      end)
    end)

    it("is sent once, also where a receive between the two calls sends its rest", function()
      with_pair(function(client, server)
        local piece = ("a"):rep(10000)
        local sent = fill(client, piece)
        local reader = loop.spawn(tls.read_all, server, sent + #piece)
        repeat
          fixture.raises(ssl.SSLWantReadError, client.recv, client, 1)
          loop.sleep(0.001)
        until reader:status() == "done"
        assert.equal(#piece, client:send(piece))
        client:settimeout(30)
        client:sendall("end")
        assert.is_true(reader:join() == ("a"):rep(sent + #piece))
        assert.equal("end", server:recv(100))
      end)
    end)

    it("of a non-blocking call is refused to be followed by other bytes", function()
      with_pair(function(client)
        fill(client, ("a"):rep(10000))
        local err = fixture.raises(ssl.SSLError, client.send, client, ("b"):rep(10000))
        assert.equal("BAD_WRITE_RETRY", err.strerror:match("SSL: ([%u_]+)"))
      end)
    end)

    it("of a non-blocking sendall is not counted in its error, and the bytes behind the number continue", function()
      with_pair(function(client, server)
        local lines = {}
        for i = 1, 1000000 do lines[i] = ("%09d\n"):format(i) end
        local text = table.concat(lines)
        local reader = loop.spawn(tls.read_all, server, #text)
        client:settimeout(0)
        local sent, waits = 0, 0
        repeat
          local ok, err = pcall(client.sendall, client, text:sub(sent + 1))
          if not ok then
            assert.is_true(socket.isinstance(err, ssl.SSLWantWriteError), tostring(err))
            sent, waits = sent + err.characters_written, waits + 1
            loop.sleep(0)
          end
        until ok
        assert.is_true(waits > 0)
        assert.is_true(reader:join() == text)
      end)
    end)

    it("is sent before the connection is closed, where the system takes it then", function()
      with_pair(function(client, server)
        local piece = ("a"):rep(10000)
        local sent = fill(server, piece)
        tls.read_all(client, sent)
        server:close()
        assert.is_true(tls.read_all(client, #piece) == piece)
        assert.equal("", client:recv(1))
      end, {suppress_ragged_eofs = false})
    end)

    it("counts as sent where time runs out, and is finished by the next call", function()
      with_pair(function(client, server)
        local piece = ("a"):rep(1 << 20)
        client:settimeout(0.05)
        local sent = 0
        repeat -- until nothing more goes out: a slow machine also runs out of time before the stream is full
          local ok, err = pcall(client.sendall, client, piece)
          assert.is_true(ok or socket.isinstance(err, socket.timeout), tostring(err))
          local now = ok and #piece or err.characters_written
          sent = sent + now
        until now == 0
        client:settimeout(30)
        local reader = loop.spawn(tls.read_all, server, sent + 3)
        client:sendall("end")
        assert.is_true(reader:join() == ("a"):rep(sent) .. "end")
      end)
    end)

    it("of a task that is cancelled is finished before another task's", function()
      with_pair(function(client, server)
        local written
        local first = loop.spawn(function()
          local ok, err = pcall(client.sendall, client, ("a"):rep(1 << 23))
          written = not ok and err.characters_written
        end)
        loop.sleep(0.01)
        local second = loop.spawn(client.sendall, client, ("b"):rep(100000))
        loop.sleep(0.01)
        first:cancel()
        first:join()
        local third = loop.spawn(client.sendall, client, "c") -- where the second has gone before the record began
        local all = tls.read_all(server, written + 100001)
        second:join()
        third:join()
        local _, as = all:gsub("a", "")
        local _, bs = all:gsub("b", "")
        assert.same({written, 100000}, {as, bs})
      end)
    end)
  end)

  describe("verification refuses", function()
    for _, case in ipairs({
      {"the certificate of another host", "other.example", "Hostname mismatch"},
      {"a wildcard for names below the host's", "wildcard", "Hostname mismatch"},
      {"a wildcard that stands for a part of a name", "partial", "Hostname mismatch"},
      {"a certificate that has expired", "expired", "certificate has expired"},
      {"a certificate that is not valid yet", "early", "certificate is not yet valid"},
      {"a certificate that is its own authority", "itself", "self"},
    }) do
      it(case[1], function()
        local ok, err = pcall(with_pair, function() end, {certificate = case[2]})
        assert.is_false(ok)
        assert.is_true(socket.isinstance(err, ssl.SSLCertVerificationError), tostring(err))
        assert.matches(case[3], err.verify_message, 1, true)
        assert.equal("CERTIFICATE_VERIFY_FAILED", err.reason)
        assert.equal("SSL", err.library)
        assert.matches("localhost", tostring(err), 1, true)
      end)
    end

    it("more than one label for a wildcard, and takes one", function()
      with_pair(function(client) assert.equal("TLSv1.3", client:version()) end,
        {certificate = "wildcard", hostname = "a.example.org"})
      for _, name in ipairs({"a.b.example.org", "example.org", "a.example.org.com"}) do
        local ok, err = pcall(with_pair, function() end, {certificate = "wildcard", hostname = name})
        assert.is_false(ok, name .. ": " .. tostring(err))
      end
    end)

    it("a name in the subject, where the context is told not to look there", function()
      local context = client_context()
      assert.is_true(context.hostname_checks_common_name)
      with_pair(function(client) assert.equal("TLSv1.3", client:version()) end,
        {certificate = "named", hostname = "named", context = context})
      context.hostname_checks_common_name = false
      local ok, err = pcall(with_pair, function() end, {certificate = "named", hostname = "named", context = context})
      assert.is_false(ok)
      assert.matches("Hostname mismatch", err.verify_message, 1, true)
    end)

    it("an authority that is not trusted", function()
      local ok, err = pcall(with_pair, function() end, {context = client_context("stranger")})
      assert.is_false(ok)
      assert.is_true(socket.isinstance(err, ssl.SSLCertVerificationError), tostring(err))
    end)

    -- In a process of its own, where the system's authorities are elsewhere.
    local function verify(environment)
      local script = [[
        local ssl = require "pysocket.ssl"
        local serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        serving:load_cert_chain("%s", "%s")
        local there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
        local server = serving:wrap_bio(there, back, true)
        local client = ssl.create_default_context():wrap_bio(back, there, false, "localhost")
        pcall(client.do_handshake, client)
        pcall(server.do_handshake, server)
        print(select(2, pcall(client.do_handshake, client)))
      ]]
      local command = {"env"}
      table.move(environment, 1, #environment, 2, command)
      command[#command + 1] = fixture.interpreter
      command[#command + 1] = "-e"
      command[#command + 1] = script:format(file("localhost.pem"), file("localhost.key"))
      command.preload = true
      return fixture.command(command):rest()
    end

    it("everything where the system has no authorities, and says so", function()
      local folder = fixture.path()
      assert(os.execute("mkdir " .. folder))
      local text = verify({"SSL_CERT_FILE=/nowhere.pem", "SSL_CERT_DIR=" .. folder})
      assert.matches("; there are no authorities of the system in /nowhere.pem or " .. folder, text, 1, true)
    end)

    it("what the system's authorities have not signed, and says nothing of them", function()
      local text = verify({"SSL_CERT_FILE=" .. file("stranger.pem"), "SSL_CERT_DIR=/nowhere"})
      assert.matches("unable to get local issuer certificate", text, 1, true)
      assert.is_nil(text:find("authorities", 1, true))
    end)

    it("everything where the folders of SSL_CERT_DIR are empty, but says so only if all of them are", function()
      local empty, full = fixture.path(), fixture.path()
      assert(os.execute(("mkdir %s %s && touch %s/0"):format(empty, full, full)))
      local between = package.config:sub(1, 1) == "\\" and ";" or ":"
      local text = verify({"SSL_CERT_FILE=/nowhere.pem", "SSL_CERT_DIR=" .. empty .. between .. full})
      assert.matches("unable to get local issuer certificate", text, 1, true)
      assert.is_nil(text:find("authorities", 1, true))
      text = verify({"SSL_CERT_FILE=/nowhere.pem", "SSL_CERT_DIR=/nowhere" .. between .. empty})
      assert.matches("; there are no authorities of the system in /nowhere.pem or ", text, 1, true)
    end)

    it("a certificate on the authority's list of revoked ones", function()
      local context = ssl.create_default_context{cafile = file("authority-and-list.pem")}
      context.verify_flags = context.verify_flags | ssl.VERIFY_CRL_CHECK_LEAF
      with_pair(function(client) assert.equal("TLSv1.3", client:version()) end, {context = context})
      local ok, err = pcall(with_pair, function() end, {certificate = "revoked", context = context})
      assert.is_false(ok)
      assert.equal("certificate revoked", err.verify_message)
    end)

    it("an address that is not in the certificate, and takes one that is", function()
      with_pair(function(client) assert.equal("TLSv1.3", client:version()) end,
        {certificate = "address", hostname = "127.0.0.1"})
      local ok, err = pcall(with_pair, function() end, {certificate = "address", hostname = "127.0.0.2"})
      assert.is_false(ok)
      assert.matches("IP address mismatch", err.verify_message, 1, true)
    end)

    it("a peer that speaks no TLS", function()
      local a, b = fixture.tcp_pair()
      b:sendall("this is no TLS\n")
      local context = client_context()
      local err = fixture.raises(ssl.SSLError, context.wrap_socket, context, a, {server_hostname = "localhost"})
      assert.equal("WRONG_VERSION_NUMBER", err.reason)
    end)
  end)

  describe("a handshake with garbage", function()
    -- What a client raises, or a server, whose peer sends those bytes and then nothing more.
    local function greeted_by(bytes, server_side)
      local a, b = fixture.tcp_pair()
      b:sendall(bytes)
      b:shutdown(socket.SHUT_WR)
      local context = server_side and server_context() or client_context()
      return fixture.raises(ssl.SSLError, context.wrap_socket, context, a, {
        server_side = server_side,
        server_hostname = not server_side and "localhost" or nil,
      })
    end

    local hello <const> = "\x16\x03\x01\x00\x05"
    -- what the peer sends, and the reason; newer releases of OpenSSL have another name for some
    for _, case in ipairs({
      {"a message of nonsense", hello .. "hello", "UNEXPECTED_MESSAGE"},
      {"a record that is too long", "\x16\x03\x01\xff\xff" .. ("x"):rep(65535), "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"},
      {"an alert", "\x15\x03\x01\x00\x02\x02\x28", "SSLV3_ALERT_HANDSHAKE_FAILURE", "SSL_TLS_ALERT_HANDSHAKE_FAILURE"},
      {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", "WRONG_VERSION_NUMBER"},
      {"a record that breaks off", "\x16\x03\x03\x01\x00\x02", "UNEXPECTED_EOF_WHILE_READING"},
    }) do
      it("in place of a server's answer fails: " .. case[1], function()
        local reason = greeted_by(case[2], false).reason
        if reason ~= case[4] then assert.equal(case[3], reason) end
      end)
    end

    it("in place of a client's greeting fails", function()
      assert.equal("HTTP_REQUEST", greeted_by("GET / HTTP/1.1\r\n\r\n", true).reason)
      assert.equal("UNEXPECTED_MESSAGE", greeted_by(hello .. "hello", true).reason)
    end)
  end)

  describe("a handshake", function()
    it("with a silent peer ends at its deadline, and lets other tasks run", function()
      local a = fixture.tcp_pair()
      a:settimeout(0.2)
      local ticks = 0
      loop.run(function()
        loop.spawn(function()
          while true do
            loop.sleep(0.001)
            ticks = ticks + 1
          end
        end)
        local context = client_context()
        fixture.raises(socket.timeout, context.wrap_socket, context, a, {server_hostname = "localhost"})
      end)
      assert.is_true(ticks > 1)
    end)

    it("chooses the server's protocol among the client's", function()
      local context = client_context()
      context:set_alpn_protocols({"h2", "http/1.1"})
      local serving = server_context("localhost")
      serving:set_alpn_protocols({"http/1.1"})
      local a, b = fixture.tcp_pair()
      loop.run(function()
        local task = loop.spawn(function() return patient(serving:wrap_socket(b, {server_side = true})) end)
        local client = patient(context:wrap_socket(a, {server_hostname = "localhost"}))
        assert.equal("http/1.1", client:selected_alpn_protocol())
        assert.equal("http/1.1", task:join():selected_alpn_protocol())
      end)
    end)

    it("asks a client for its certificate, and refuses one without", function()
      local serving = server_context("localhost")
      serving:load_verify_locations(file("authority.pem"))
      serving.verify_mode = ssl.CERT_REQUIRED
      local function connect(context)
        local a, b = fixture.tcp_pair()
        local peer
        loop.run(function()
          local task = loop.spawn(function() return patient(serving:wrap_socket(b, {server_side = true})) end)
          local client = patient(context:wrap_socket(a, {server_hostname = "localhost"}))
          peer = task:join():getpeercert().subject[1][1][2]
          client:close()
        end)
        return peer
      end
      local context = client_context()
      context:load_cert_chain(file("client.pem"), file("client.key"))
      assert.equal("client", connect(context))
      local err = fixture.raises(ssl.SSLError, connect, client_context())
      assert.equal("PEER_DID_NOT_RETURN_A_CERTIFICATE", err.reason)
    end)

    it("of a connection that loop.serve accepted has a time limit of its own", function()
      local listener = fixture.keep(server_context("localhost"):wrap_socket(fixture.listener(), {server_side = true}))
      local address = listener:getsockname()
      loop.run(function()
        local failures, timeouts = {}, {}
        local _ <close> = loop.serve(listener, function(conn)
          timeouts[#timeouts + 1] = conn:gettimeout()
          conn:sendall(conn:recv(100):upper())
        end, {handshake_timeout = 0.05, timeout = 30, onerror = function(err) failures[#failures + 1] = err end})
        local silent = fixture.socket()
        silent:connect(address)
        assert.equal("", silent:recv(1)) -- the server has given up
        assert.is_true(socket.isinstance(failures[1], socket.timeout), tostring(failures[1]))
        assert.equal("do_handshake", failures[1].call)
        local plain = fixture.socket()
        plain:connect(address)
        local client = patient(client_context():wrap_socket(plain, {server_hostname = "localhost"}))
        client:sendall("heard")
        assert.equal("HEARD", client:recv(100))
        assert.same({{30}, 1}, {timeouts, #failures})
      end)
    end)

    it("of a connection that a listener accepted comes with its first call", function()
      local listener = fixture.keep(server_context("localhost"):wrap_socket(fixture.listener(), {server_side = true}))
      loop.run(function()
        local silent = fixture.socket()
        silent:connect(listener:getsockname())
        local kept = patient((listener:accept()))
        local task = loop.spawn(function()
          local s = patient((listener:accept()))
          return s:recv(100)
        end)
        local plain = fixture.socket()
        plain:connect(listener:getsockname())
        local client = patient(client_context():wrap_socket(plain, {server_hostname = "localhost"}))
        client:sendall("heard")
        assert.equal("heard", task:join())
        assert.is_nil(kept:version())
      end)
    end)
  end)

  describe("by one call", function()
    it("a server listens and a client connects, within one deadline", function()
      local listener = fixture.keep(socket.create_server({"127.0.0.1", 0}, {ssl = server_context("localhost")}))
      local address = listener:getsockname()
      loop.run(function()
        local task = loop.spawn(function()
          local s = patient((listener:accept()))
          s:sendall(s:recv(100):upper())
          s:close()
        end)
        local s = fixture.keep(socket.create_connection({"127.0.0.1", address.port}, 30, nil, {ssl = client_context()}))
        assert.equal(30, s:gettimeout())
        s:sendall("hello")
        assert.equal("HELLO", s:recv(100))
        task:join()
      end)
    end)

    it("a connection to a silent peer fails at its deadline, and leaves no descriptor", function()
      local _, address = fixture.listener()
      local context = client_context()
      local function connect()
        fixture.raises(socket.timeout, socket.create_connection, address, 0.05, nil, {ssl = context})
      end
      connect()
      local before = #fixture.settled_descriptors()
      connect()
      assert.equal(before, #fixture.descriptors())
    end)
  end)

  describe("certificates", function()
    it("become text and bytes again", function()
      local f <close> = assert(io.open(file("localhost.pem")))
      local pem = f:read("a")
      local der = ssl.PEM_cert_to_DER_cert(pem)
      assert.equal(pem, ssl.DER_cert_to_PEM_cert(der))
    end)

    it("are what the peer gives as DER, and what get_server_certificate fetches", function()
      with_pair(function(client)
        local f <close> = assert(io.open(file("localhost.pem")))
        assert.equal(ssl.PEM_cert_to_DER_cert(f:read("a")), client:getpeercert(true))
      end)
    end)
  end)
end)
