-- What LuaSec answers: `a` is a client, `b` a server.

return {
  -- contexts
  { "an unknown protocol", function(e) return e.ssl.newcontext {mode = "client", protocol = "foo"} end, [[nil "invalid protocol (foo)"]] },
  { "an unsupported protocol", function(e)
    return e.ssl.newcontext {mode = "client", protocol = "sslv3"}
  end, [[nil "invalid protocol (sslv3)"]] },
  { "an unknown option", function(e) return e:context {options = "nonsense"} end, [[nil "invalid option (nonsense)"]] },
  { "an unknown option of several", function(e) return e:context {options = {"all", "nonsense"}} end, [[nil "invalid option (nonsense)"]] },
  { "options of past versions", function(e) return (e:context {options = {"all", "no_sslv2", "single_dh_use"}}) ~= nil end, [[true]] },
  { "an unknown option of verification", function(e)
    return e:context {verify = "nonsense"}
  end, [[nil "invalid verify option (nonsense)"]] },
  { "an unknown option of verification among others", function(e)
    return e:context {verify = {"peer", "nonsense"}}
  end, [[nil "invalid verify option (nonsense)"]] },
  { "an unknown extension of verification", function(e)
    return e:context {verifyext = "nonsense"}
  end, [[nil "invalid verify option (nonsense)"]] },
  { "a password that is none", function(e) return e:context {key = "/nowhere", password = 3} end, [[nil "invalid password type"]] },
  { "a wrong password", function(e)
    return e:context {key = e:file("locked.key"), password = "wrong"}
  end, [[nil "error loading private key (bad decrypt)"]] },
  { "a password", function(e) return e:context {key = e:file("locked.key"), password = "secret"} ~= nil end, [[true]] },
  { "a function for a password", function(e)
    return e:context {key = e:file("locked.key"), password = function() return "secret" end} ~= nil
  end, [[true]] },
  { "a key for another certificate", function(e)
    return e:context {key = e:file("client.key"), certificate = e:file("localhost.pem")}
  end, [[nil "private key does not match public key"]] },
  { "a file without certificates", function(e)
    return e:context {certificate = e:file("localhost.key")}
  end, [[nil "error loading certificate (no start line)"]] },
  { "an unknown curve", function(e) return e:context {curve = "nonsense"} end, [[nil "elliptic curve 'nonsense' not supported"]] },
  { "an unknown curve in a list", function(e)
    return e:context {curveslist = "P-256:nonsense"}
  end, [[nil "unknown elliptic curve in \"P-256:nonsense\""]] },
  { "curves", function(e)
    return e:context {curveslist = "P-256:P-384"} ~= nil, e:context {curve = "prime256v1"} ~= nil
  end, [[true true]] },
  { "parameters that are no function", function(e) return e:context {dhparam = "nonsense"} end, [[nil "invalid DH parameter type"]] },
  { "a protocol of applications that is a number", function(e) return e:context {alpn = 3} end, [[nil "invalid ALPN parameter"]] },
  { "an empty name of a protocol of applications", function(e)
    return e:context {alpn = ""}
  end, [[nil "invalid ALPN name (empty string)"]] },
  { "no protocol of applications", function(e) return e:context {alpn = {}} end, [[nil "invalid ALPN list (empty)"]] },
  { "a text of protocols for a server", function(e) return e:context {mode = "server", alpn = "h2"} end, [[nil "invalid ALPN parameter"]] },
  { "a depth", function(e) return e:context {depth = 3} ~= nil end, [[true]] },
  { "ciphers", function(e) return e:context {ciphers = "ECDHE+AESGCM", ciphersuites = "TLS_AES_128_GCM_SHA256"} ~= nil end, [[true]] },
  { "what there is", function(e)
    local config = e.ssl.config
    return config.protocols.tlsv1_2, config.protocols.sslv3, config.options.no_tlsv1, config.algorithms.ec,
      config.curves.prime256v1, config.capabilities.alpn, config.capabilities.curves_list
  end, [[true nil true true true true true]] },

  -- before the handshake
  { "receive before the handshake", function(e) return e:fresh():receive() end, [[nil "closed" ""]] },
  { "send before the handshake", function(e) return e:fresh():send("x") end, [[nil "closed" 0.0]] },
  { "a certificate before the handshake", function(e) return e:fresh():getpeercertificate() end, [[nil "closed"]] },
  { "a chain before the handshake", function(e) return e:fresh():getpeerchain() end, [[nil "closed"]] },
  { "verification before the handshake", function(e) return e:fresh():getpeerverification() end, [[false "closed"]] },
  { "information before the handshake", function(e) return e:fresh():info() end, [[nil "closed"]] },
  { "finished before the handshake", function(e) return e:fresh():getfinished() end, [[nil "closed"]] },
  { "a handshake with the silent", function(e)
    local a = e:fresh()
    a:settimeout(0)
    return a:dohandshake(), a:want(), a:dohandshake()
  end, [[false "read" false "wantread"]] },
  { "a handshake with the silent that may wait", function(e)
    local a = e:fresh()
    a:settimeout(0.01)
    return a:dohandshake()
  end, [[false "wantread"]] },
  { "a handshake with the silent that may last", function(e)
    local a = e:fresh()
    a:settimeout(0.01, "t")
    return a:dohandshake()
  end, [[false "wantread"]] },
  { "a handshake with what is no TLS", function(e)
    local a = e:fresh()
    e.plain:send("HTTP/1.1 400 Bad Request\r\n\r\n")
    return a:dohandshake()
  end, [[false "wrong version number"]] },
  { "a handshake with the gone", function(e)
    local a = e:fresh()
    e.plain:close()
    return a:dohandshake()
  end, [[false "unexpected eof while reading"]] },
  { "wrap takes the descriptor", function(e)
    local a = e:fresh()
    return a:getfd() >= 0, e.given:getfd()
  end, [[true -1.0]] },
  { "the name of an object", function(e) return e:fresh() end, [[SSL connection]] },
  { "its class is a plain table", function(e)
    local index = getmetatable(e:fresh()).__index
    return type(index), rawget(index, "receive") ~= nil, rawget(index, "getpeercertificate") ~= nil
  end, [["table" true true]] },

  -- the handshake
  { "a handshake", function(e) return e:pair() end, [[true nil true nil]] },
  { "a handshake once more", function(e) e:pair() return e.a:dohandshake() end, [[true]] },
  { "one of version 1.2", function(e) e:pair {protocol = "tlsv1_2"} return e.a:info("protocol") end, [["TLSv1.2"]] },
  { "one of version 1.3", function(e) e:pair {protocol = "tlsv1_3"} return e.a:info("protocol") end, [["TLSv1.3"]] },
  { "one without a common version", function(e)
    return e:fails({protocol = "tlsv1_2"}, {protocol = "tlsv1_3"})
  end, [[false "tlsv1 alert protocol version"]] },
  { "one that options forbid", function(e)
    return e:fails({options = {"no_tlsv1_3"}}, {protocol = "tlsv1_3"})
  end, [[false "tlsv1 alert protocol version"]] },
  { "one with a certificate that nobody verifies", function(e)
    return e:pair({}, {certificate = e:file("expired.pem"), key = e:file("expired.key")})
  end, [[true nil true nil]] },
  { "one that is verified", function(e)
    e:pair {verify = "peer", cafile = e:file("authority.pem")}
    return e.a:getpeerverification(), #e.a:getpeerchain()
  end, [[true 1]] },
  { "a certificate of an unknown authority", function(e) return e:fails {verify = "peer"} end, [[false "certificate verify failed"]] },
  { "a certificate of another authority", function(e)
    return e:fails {verify = "peer", cafile = e:file("stranger.pem")}
  end, [[false "certificate verify failed"]] },
  { "an expired certificate", function(e)
    return e:fails({verify = "peer", cafile = e:file("authority.pem")}, {certificate = e:file("expired.pem"), key = e:file("expired.key")})
  end, [[false "certificate verify failed"]] },
  { "a certificate of another host: LuaSec does not look", function(e)
    return e:pair({verify = "peer", cafile = e:file("authority.pem")},
      {certificate = e:file("other.example.pem"), key = e:file("other.example.key")})
  end, [[true nil true nil]] },
  { "after a failure", function(e)
    e:fails {verify = "peer"}
    local line, err, part = e.a:receive()
    local sent, why, last = e.a:send("x")
    return line, err, part, sent, why, last, e.a:getpeerverification()
  end, [[nil "closed" "" nil "closed" 0.0 false "closed"]] },
  { "what was not verified", function(e)
    e:pair() return e.a:getpeerverification()
  end, [[false "unable to get local issuer certificate"]] },
  { "what goes on", function(e)
    e:pair {verify = "peer", verifyext = "lsec_continue"}
    return e.a:getpeerverification()
  end, [[false {{"unable to get local issuer certificate", "unable to verify the first certificate"}}]] },
  { "what goes on where it is demanded", function(e)
    e:pair {verify = {"peer", "fail_if_no_peer_cert"}, verifyext = {"lsec_continue", "lsec_ignore_purpose"}}
    return e.a:getpeerverification()
  end, [[false {{"unable to get local issuer certificate", "unable to verify the first certificate"}}]] },
  { "a client's certificate", function(e)
    e:pair({key = e:file("client.key"), certificate = e:file("client.pem")}, {verify = "peer", cafile = e:file("authority.pem")})
    return e.b:getpeerverification(), e.b:getpeercertificate():subject()
  end, [[true {{name = "commonName", oid = "2.5.4.3", value = "client"}}]] },
  { "a client without a certificate", function(e)
    e:pair({}, {verify = "peer", cafile = e:file("authority.pem")})
    return e.b:getpeerverification(), e.b:getpeercertificate()
  end, [[true nil]] },
  { "a client without the certificate that is demanded", function(e)
    return e:fails({protocol = "tlsv1_2"}, {verify = {"peer", "fail_if_no_peer_cert"}})
  end, [[false "sslv3 alert handshake failure"]] },
  { "a client that hears of that later", function(e)
    e:fails({}, {verify = {"peer", "fail_if_no_peer_cert"}})
    return e.a:receive()
  end, [[nil "tlsv13 alert certificate required" ""]] },
  { "no protocol of applications is asked for", function(e) e:pair() return e.a:getalpn() end, [[nil]] },
  { "a protocol of applications", function(e)
    e:pair({alpn = {"h2", "http/1.1"}}, {alpn = {"http/1.1", "h2"}})
    return e.a:getalpn(), e.b:getalpn()
  end, [["http/1.1" "http/1.1"]] },
  { "no common protocol of applications", function(e)
    e:pair({alpn = "h2"}, {alpn = {"x"}})
    return e.a:getalpn(), e.b:getalpn()
  end, [[nil nil]] },
  { "a function that chooses a protocol", function(e)
    local offered
    e:pair({alpn = {"h2", "http/1.1"}}, {alpn = function(list) offered = list return "http/1.1" end})
    return e.a:getalpn(), offered
  end, [["http/1.1" {"h2", "http/1.1"}]] },
  { "a function that chooses none", function(e)
    e:pair({alpn = {"h2"}}, {alpn = function() return nil end})
    return e.a:getalpn()
  end, [[nil]] },
  { "a name of a server", function(e)
    e:pair({}, {}, function(a) a:sni("host.example") end)
    return e.a:getsniname(), e.b:getsniname()
  end, [["host.example" "host.example"]] },
  { "no name of a server", function(e) e:pair() return e.a:getsniname(), e.b:getsniname() end, [[nil nil]] },
  { "a server by its name", function(e)
    e:pair({}, {}, function(a, b) a:sni("other.example") b:sni {["other.example"] = e:other()} end)
    return e.a:getpeercertificate():subject()
  end, [[{{name = "commonName", oid = "2.5.4.3", value = "other.example"}}]] },
  { "a server of another name", function(e)
    e:pair({}, {}, function(a, b) a:sni("host.example") b:sni {["other.example"] = e:other()} end)
    return e.a:getpeercertificate():subject()
  end, [[{{name = "commonName", oid = "2.5.4.3", value = "localhost"}}]] },
  { "a server of another name that is strict", function(e)
    return e:fails({}, {}, function(a, b) a:sni("host.example") b:sni({["other.example"] = e:other()}, true) end)
  end, [[false "tlsv1 unrecognized name"]] },
  { "a strict server without a name", function(e)
    return e:pair({}, {}, function(_, b) b:sni({["other.example"] = e:other()}, true) end)
  end, [[true nil true nil]] },

  -- bytes
  { "a line", function(e) e:pair() e.a:send("one\ntwo\r\n") return e.b:receive(), e.b:receive("*l") end, [["one" "two" nil nil]] },
  { "a line with a prefix", function(e) e:pair() e.a:send("one\n") return e.b:receive("*l", "pre") end, [["preone" nil nil]] },
  { "bytes", function(e) e:pair() e.a:send("hello") return e.b:receive(3), e.b:receive(2) end, [["hel" "lo" nil nil]] },
  { "bytes with a prefix that counts", function(e) e:pair() e.a:send("llo") return e.b:receive(5, "he") end, [["hello" nil nil]] },
  { "all", function(e) e:pair() e.a:send("a\r\nb") e.a:close() return e.b:receive("*a") end, [["a\r\nb" nil nil]] },
  { "all of nothing", function(e) e:pair() e.a:close() return e.b:receive("*a") end, [[nil "closed" ""]] },
  { "all twice", function(e)
    e:pair() e.a:send("ab") e.a:close() return e.b:receive("*a"), e.b:receive("*a")
  end, [["ab" nil "closed" ""]] },
  { "a line before the end", function(e) e:pair() e.a:send("on") e.a:close() return e.b:receive() end, [[nil "closed" "on"]] },
  { "a part of a line", function(e) e:pair() e.a:send("on") e.b:settimeout(0.01) return e.b:receive() end, [[nil "wantread" "on"]] },
  { "a part that goes on", function(e)
    e:pair()
    e.a:send("on")
    e.b:settimeout(0.01)
    local _, _, part = e.b:receive()
    e.a:send("e\n")
    e.b:settimeout(10)
    return e.b:receive("*l", part)
  end, [["one" nil nil]] },
  { "nothing to receive", function(e) e:pair() e.b:settimeout(0) return e.b:receive() end, [[nil "wantread" ""]] },
  { "bytes that are not there", function(e)
    e:pair() e.a:send("el") e.b:settimeout(0.01) return e.b:receive(4)
  end, [[nil "wantread" "el"]] },
  { "all that is not all", function(e)
    e:pair() e.a:send("el") e.b:settimeout(0.01, "t") return e.b:receive("*a")
  end, [[nil "wantread" "el"]] },
  { "what it waits for", function(e) e:pair() e.b:settimeout(0) e.b:receive() return e.b:want() end, [["read"]] },
  { "an unknown pattern", function(e) e:pair() return (pcall(e.b.receive, e.b, "*x")) end, [[false]] },
  { "bytes that wait in the object", function(e)
    e:pair()
    e.a:send("one\ntwo\n")
    e.b:receive()
    return e.b:dirty(), #e.socket.select({e.b}, nil, 0), e.b:receive(), e.b:dirty()
  end, [[true 1 "two" false]] },
  { "what send returns", function(e) e:pair() return e.a:send("hello") end, [[5.0 nil nil]] },
  { "what send of a part returns", function(e) e:pair() return e.a:send("hello", 2, 3) end, [[3.0 nil nil]] },
  { "what send of the end returns", function(e) e:pair() return e.a:send("hello", -2) end, [[5.0 nil nil]] },
  { "what send of nothing returns", function(e) e:pair() return e.a:send("") end, [[0.0 nil nil]] },
  { "what send of less than nothing returns", function(e) e:pair() return e.a:send("hello", 4, 2) end, [[3.0 nil nil]] },
  { "what send beyond the end returns", function(e) e:pair() return e.a:send("hello", 9) end, [[8.0 nil nil]] },
  { "what a part of a text is", function(e) e:pair() e.a:send("hello", 2, 4) return e.b:receive(3) end, [["ell" nil nil]] },
  { "a megabyte", function(e) e:pair() return e:pump(1000000) end, [[true]] },
  { "a peer that does not read", function(e)
    e:pair()
    e.a:settimeout(0)
    local ok, err, last
    repeat ok, err, last = e.a:send(("x"):rep(100000)) until not ok
    return err, last >= 0, e.a:want()
  end, [["wantwrite" true "write"]] },
  { "what a receive waits for while a send is under way", function(e)
    e:pair()
    e.a:settimeout(0)
    repeat local ok = e.a:send(("x"):rep(100000)) until not ok
    local _, err = e.a:receive()
    return err, e.a:want()
  end, [["wantread" "read"]] },
  { "statistics", function(e)
    e:pair()
    e.a:send("hello\n")
    e.b:receive()
    local received, sent = e.b:getstats()
    local _, of_a = e.a:getstats()
    e.a:setstats(1, 2)
    local set, too = e.a:getstats()
    return received, sent, of_a, set, too
  end, [[6.0 0.0 6.0 1.0 2.0]] },

  -- the end
  { "the peer's end", function(e) e:pair() e.b:close() return e.a:receive() end, [[nil "closed" ""]] },
  { "sending after the peer's end", function(e)
    e:pair()
    e.b:close()
    e.a:receive()
    local err
    repeat err = select(2, e.a:send("x")) until err
    return err
  end, [["closed"]] },
  { "an end without the end of TLS", function(e)
    e:pair() e.a:send("part") e:cut(e.a) return e.b:receive("*a")
  end, [[nil "unexpected eof while reading" "part"]] },
  { "close", function(e) e:pair() return e.a:close(), e.a:getfd() end, [[nil -1.0]] },
  { "a closed object", function(e)
    e:pair()
    e.a:close()
    return e.a:close(), e.a:getfd(), tostring(e.a):match("^[^:]*")
  end, [[nil -1.0 "SSL connection"]] },

  -- about the connection and its certificates
  { "the protocol and the cipher", function(e)
    e:pair({ciphersuites = "TLS_AES_128_GCM_SHA256"})
    local info = e.a:info()
    return info.cipher, info.protocol, info.key, info.authentication, info.encryption, info.mac, info.bits, info.algbits, info.export
  end, [["TLS_AES_128_GCM_SHA256" "TLSv1.3" "any" "any" "AESGCM(128)" "AEAD" 128.0 128.0 false]] },
  { "a field of them", function(e)
    e:pair({ciphersuites = "TLS_AES_128_GCM_SHA256"})
    return e.a:info("bits"), e.a:info("nonsense"), e.a:info("compression")
  end, [[128.0 nil nil]] },
  { "what both have sent at last", function(e)
    e:pair()
    return e.a:getfinished() == e.b:getpeerfinished(), e.b:getfinished() == e.a:getpeerfinished(), #e.a:getfinished()
  end, [[true true 48]] },
  { "keying material", function(e)
    e:pair()
    local one, other = e.a:exportkeyingmaterial("EXPORTER-x", 32), e.b:exportkeyingmaterial("EXPORTER-x", 32)
    return #one, one == other, one == e.a:exportkeyingmaterial("EXPORTER-x", 32, "context")
  end, [[32 true false]] },
  { "no second certificate", function(e) e:pair() return e.a:getpeercertificate(2) end, [[nil]] },
  { "a certificate before the first", function(e) e:pair() return e.a:getpeercertificate(0) end, [[nil "invalid certificate index"]] },
  { "a server's peer without a certificate", function(e) e:pair() return e.b:getpeercertificate() end, [[nil]] },
  { "subject and issuer", function(e)
    e:pair()
    local x = e.a:getpeercertificate()
    return x:subject(), x:issuer()
  end, [[{{name = "commonName", oid = "2.5.4.3", value = "localhost"}} {{name = "commonName", oid = "2.5.4.3", value = "authority"}}]] },
  { "serial number, digests, times", function(e)
    e:pair()
    local x, own = e.a:getpeercertificate(), e:certificate("localhost.pem")
    return x:serial() == own:serial(), #x:serial() > 30, x:digest() == own:digest(), #x:digest(), #x:digest("sha256"),
      x:notbefore() == own:notbefore(), #x:notafter()
  end, [[true true true 40 64 true 24]] },
  { "an unknown digest", function(e)
    return e:certificate("localhost.pem"):digest("foo")
  end, [[nil "digest algorithm not supported (foo)"]] },
  { "alternative names", function(e)
    return e:certificate("localhost.pem"):extensions()
  end, [[{2.5.29.17 = {dNSName = {"localhost"}, iPAddress = {"127.0.0.1"}, name = "X509v3 Subject Alternative Name"}}]] },
  { "no alternative names", function(e) return e:certificate("authority.pem"):extensions() end, [[{}]] },
  { "when it is valid", function(e)
    local x, old = e:certificate("localhost.pem"), e:certificate("expired.pem")
    return x:validat(os.time()), x:validat(0), old:validat(os.time()), old:notbefore(), old:notafter()
  end, [[true false false "Jan  1 00:00:00 2020 GMT" "Jan  1 00:00:00 2021 GMT"]] },
  { "its key", function(e)
    local pem, kind, bits = e:certificate("localhost.pem"):pubkey()
    return pem:match("^[^\n]*"), kind, bits
  end, [["-----BEGIN PUBLIC KEY-----" "EC" 256]] },
  { "its signature", function(e) return e:certificate("localhost.pem"):getsignaturename() end, [["ecdsa-with-SHA256"]] },
  { "its text", function(e)
    local x = e:certificate("localhost.pem")
    return e.ssl.loadcertificate(x:pem()):digest() == x:digest()
  end, [[true]] },
  { "its encoding", function(e)
    local x = e:certificate("localhost.pem")
    return x:setencode("utf8"), x:setencode("ai5"), x:setencode("foo"), x:subject()
  end, [[true true false {{name = "commonName", oid = "2.5.4.3", value = "localhost"}}]] },
  { "who has issued it", function(e)
    local x, authority = e:certificate("localhost.pem"), e:certificate("authority.pem")
    return authority:issued(x), x:issued(authority)
  end, [[true nil "self-signed certificate"]] },
  { "a text that is no certificate", function(e) return e.ssl.loadcertificate("nonsense") end, [[nil]] },
}
