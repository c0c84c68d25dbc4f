-- So many connections over TLS in one process, both ends of each in tasks: all of them are open before the first one asks.
-- Arguments: authority, certificate, key, number. Prints the number of right answers.

local loop = require "pysocket.loop"
local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local PATIENCE <const> = 60 * tonumber(os.getenv("PYSOCKET_SLOWNESS") or 1)

local authority, certificate, key, count = arg[1], arg[2], arg[3], tonumber(arg[4])
local context = ssl.create_default_context{cafile = authority}
local serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
serving:load_cert_chain(certificate, key)

loop.run(function()
  local listener = socket.create_server({"127.0.0.1", 0}, {ssl = serving, backlog = count})
  local server <close> = loop.serve(listener, function(conn)
    conn:sendall(conn:recv(100):upper())
  end, {timeout = PATIENCE})
  local address = listener:getsockname()
  local open, right = 0, 0
  local all = loop.event()
  do
    local tasks <close> = loop.group()
    for i = 1, count do
      tasks:spawn(function()
        local s <close> = socket.create_connection(address, PATIENCE, nil, {ssl = context, server_hostname = "localhost"})
        open = open + 1
        if open == count then all:set() end
        all:wait(PATIENCE)
        s:sendall("question " .. i)
        if s:recv(100) == "QUESTION " .. i then right = right + 1 end
      end)
    end
  end
  print(("%d right answers"):format(right))
  server:close()
end)
