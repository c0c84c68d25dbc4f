-- A client and a server that both send a certificate, and verify that of the peer.
-- ./dev run examples/mutual_tls.lua AUTHORITY SERVER SERVER-KEY CLIENT CLIENT-KEY
--
-- Each argument is a PEM file. The server's certificate has to be for "localhost".

local loop = require "pysocket.loop"
local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local USAGE <const> = "usage: mutual_tls.lua AUTHORITY SERVER SERVER-KEY CLIENT CLIENT-KEY"
local authority = assert(arg[1], USAGE)

local server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, {cafile = authority})
server:load_cert_chain(arg[2], arg[3])
server.verify_mode = ssl.CERT_REQUIRED

local client = ssl.create_default_context({cafile = authority})
client:load_cert_chain(arg[4], arg[5])

-- Returns the common name in the peer's certificate.
local function name_of_peer(s)
  for _, set in ipairs(s:getpeercert().subject) do
    for _, entry in ipairs(set) do
      if entry[1] == "commonName" then return entry[2] end
    end
  end
end

loop.run(function()
  local listener <close> = socket.create_server({"127.0.0.1", 0}, {ssl = server})
  local answering = loop.spawn(function()
    local conn <close> = listener:accept()
    conn:do_handshake()
    conn:sendall("hello, " .. name_of_peer(conn) .. "\n")
  end)
  local port = listener:getsockname().port
  local s <close> = socket.create_connection({"localhost", port}, 10, nil, {ssl = client})
  io.write(name_of_peer(s), " says: ", s:recv(100))
  answering:join()
end)
