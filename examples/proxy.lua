-- A proxy for HTTPS and other protocols over HTTP's CONNECT; try it with
-- curl --proxy http://127.0.0.1:PORT https://www.lua.org/
-- ./dev run examples/proxy.lua [host [port]]

local loop = require "pysocket.loop"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local host, port = arg[1] or "127.0.0.1", tonumber(arg[2] or 0)

local LINE <const>, LINES <const> = 4096, 100 -- the limits of a request: bytes per line, lines
local SILENCE <const> = 300 -- seconds after which a connection without traffic ends

-- Returns the address in a request; nil for a request that is not CONNECT.
local function read_request(client)
  local file <close> = client:makefile("rb", { limit = LINE })
  local line = file:read("l") or ""
  local name, number = line:match("^CONNECT ([^ ]+):(%d+) HTTP/1%.[01]\r?$")
  for _ = 1, LINES do
    line = file:read("l")
    if not line then return nil end
    if line:find("^\r?$") then
      return name and { name:match("^%[(.*)%]$") or name, tonumber(number) }
    end
  end
end

local function answer(client, status)
  client:sendall(("HTTP/1.1 %s\r\n\r\n"):format(status))
end

local connect <const> = socket.protect(socket.create_connection)

local function serve(client, address)
  local target = read_request(client)
  if not target then return answer(client, "400 Bad Request") end
  local server <close>, err = connect(target, 10)
  if not server then
    print(("%s: %s"):format(address, err))
    return answer(client, "502 Bad Gateway")
  end
  answer(client, "200 OK")
  -- data that the client sent after its request is in the file's buffer, and is sent first
  local sent, received = socket.relay(client, server, { timeout = SILENCE })
  print(("%s: %d bytes sent, %d received"):format(address, sent, received))
end

loop.run(function()
  local listener = socket.create_server({ host, port })
  print("listening on " .. tostring(listener:getsockname()))
  local function onerror(err, address) print(("%s: %s"):format(address or "accept", err)) end
  loop.serve(listener, serve, { onerror = onerror, timeout = 30 }):join()
end)
