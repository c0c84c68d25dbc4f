-- What TLS can do, as scenes like those of everything.lua. The folder in TLS_FOLDER has authority.pem, localhost.pem, localhost.key
-- (tools/torture.sh makes it).

local key_contexts = require "torture.keys"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local PATIENCE <const> = 20
local folder <const> = assert(os.getenv("TLS_FOLDER"), "TLS_FOLDER has to name the folder of certificates")

local function read_file(name)
  local f <close> = assert(io.open(folder .. "/" .. name, "rb"))
  return f:read("a")
end

local AUTHORITY <const> = read_file("authority.pem")

local scenes = {}

local function server_context()
  local context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
  context:load_cert_chain(folder .. "/localhost.pem", folder .. "/localhost.key")
  return context
end

local function client_context()
  return ssl.create_default_context({cafile = folder .. "/authority.pem"})
end

local function objects(client, server, hostname)
  local there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
  return client:wrap_bio(back, there, false, hostname), server:wrap_bio(there, back, true)
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

local function raises(class, f, ...)
  local ok, err = pcall(f, ...)
  if ok then error("it raised nothing", 2) end
  if not socket.isinstance(err, class) then error(err, 0) end
  assert(#tostring(err) > 0)
  return err
end

function scenes.contexts()
  local context = client_context()
  context:load_verify_locations({cadata = AUTHORITY})
  assert(#context:get_ca_certs() == 1 and #context:get_ca_certs(true)[1] > 100)
  assert(context:cert_store_stats().x509_ca == 1)
  context:set_alpn_protocols({"h2", "http/1.1"})
  context:set_ciphers("ECDHE+AESGCM")
  assert(#context:get_ciphers() > 3)
  context:set_groups("X25519:P-256")
  raises(ssl.SSLError, context.set_ciphers, context, "nothing")
  raises(socket.OSError, context.load_verify_locations, context, "/nowhere")
  assert(context:session_stats().number == 0)
  assert(#ssl.RAND_bytes(10) == 10)
end

function scenes.certificates()
  local client, server = objects(client_context(), server_context(), "localhost")
  shake_hands(client, server)
  local certificate = client:getpeercert()
  assert(certificate.subjectAltName[1][2] == "localhost" and certificate.notAfter)
  assert(#client:getpeercert(true) > 100)
  assert(#client:get_verified_chain() == 2 and #client:get_unverified_chain() == 1)
  assert(client:version() == "TLSv1.3" and client:cipher())
  assert(client.session and not client.session_reused)
  assert(client:write("hello") == 5 and server:read(100) == "hello")
end

function scenes.refused()
  local client, server = objects(client_context(), server_context(), "other.example")
  local err = raises(ssl.SSLCertVerificationError, shake_hands, client, server)
  assert(err.verify_message:find("Hostname mismatch", 1, true))
  raises(ssl.SSLError, server.do_handshake, server)
end

function scenes.names()
  local serving, other = server_context(), server_context()
  function serving.sni_callback(object, name)
    if name == "localhost" then object.context = other end
    return name ~= "localhost" and ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME or nil
  end
  local context = client_context()
  local client, server = objects(context, serving, "localhost")
  shake_hands(client, server)
  assert(rawequal(server.context, other))
  client, server = objects(context, serving, "elsewhere")
  raises(ssl.SSLError, shake_hands, client, server)
end

function scenes.keys()
  local client, server = objects(key_contexts())
  shake_hands(client, server)
  assert(client:write(("x"):rep(3000)) == 3000)
  local buffer = socket.bytearray(3000)
  assert(server:read(0, buffer) == 3000)
  raises(ssl.SSLWantReadError, client.unwrap, client)
  assert(server:read() == "")
  server:unwrap()
  client:unwrap()
end

-- Two sockets that speak TLS, connected in tasks of one loop: f(client, server).
local function with_sockets(f)
  local a, b = socket.socketpair()
  local _ <close> = a
  local _ <close> = b
  local for_client, for_server = key_contexts()
  loop.run(function()
    a:settimeout(PATIENCE)
    b:settimeout(PATIENCE)
    local group <close> = loop.group()
    local task = group:spawn(function() return for_server:wrap_socket(b, true) end)
    local client <close> = for_client:wrap_socket(a)
    local server <close> = task:join()
    f(client, server, group)
  end)
end

function scenes.sockets()
  with_sockets(function(client, server)
    client:sendall("hello")
    assert(server:recv(100) == "hello")
    assert(client:send(("y"):rep(100)) == 100)
    local buffer = socket.bytearray(100)
    assert(server:recv_into(buffer) == 100)
    assert(tostring(client):find("ssl.SSLSocket", 1, true))
    client:close()
    assert(server:recv(1) == "")
  end)
end

function scenes.files()
  with_sockets(function(client, server)
    local writer <close> = client:makefile("wb")
    local reader <close> = server:makefile("rb")
    assert(writer:write("one line\n", ("z"):rep(20000), "\n"))
    assert(writer:flush())
    assert(reader:read("l") == "one line" and #reader:read("l") == 20000)
  end)
end

-- More than the sockets hold: records stay under way.
function scenes.stream()
  with_sockets(function(client, server, group)
    local size <const> = 1 << 19
    local task = group:spawn(client.sendall, client, ("s"):rep(size))
    local left = size
    while left > 0 do left = left - #server:recv(65536) end
    task:join()
  end)
end

function scenes.unwrap()
  with_sockets(function(client, server, group)
    local task = group:spawn(server.unwrap, server)
    local a <close> = client:unwrap()
    local b <close> = task:join()
    a:sendall("plain")
    assert(b:recv(100) == "plain")
  end)
end

local names = {}
for name in pairs(scenes) do names[#names + 1] = name end
table.sort(names)

return {scenes = scenes, names = names, finish = function() end}
