-- linger WAY: closes a connection in a task, by that way, with SO_LINGER for longer than anybody has patience, and much that the peer
-- has not read. Prints whether the peer gets all of it.

local way = ...
local loop = require "pysocket.loop"
local socket = require "pysocket"

local LONG <const> = string.pack(package.config:sub(1, 1) == "/" and "ii" or "HH", 1, 30000)

local function linger(s)
  s:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LONG)
end

local function adopted(s)
  return socket.socket{fileno = s:detach()}
end

local ways = {
  own = function(s)
    linger(s)
    s:close()
  end,
  inherited = function(s) s:close() end, -- of the listener
  adopted = function(s)
    linger(s)
    adopted(s):close()
  end,
  duplicate = function(s)
    local copy = s:dup()
    linger(copy)
    copy:close()
    s:close()
  end,
  descriptor = function(s)
    linger(s)
    socket.close(s:detach())
  end,
  file = function(s)
    linger(s)
    local file = s:makefile("r")
    s:close()
    file:close()
  end,
  wrapped = function(s)
    linger(s)
    local ssl = require "pysocket.ssl"
    local context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context:wrap_socket(s, {server_side = true, do_handshake_on_connect = false}):close()
  end,
  collected = function(s)
    linger(s)
    return false
  end,
}

local listener = socket.create_server({"127.0.0.1", 0})
if way == "inherited" then linger(listener) end
loop.run(function()
  local client = socket.create_connection(listener:getsockname())
  local sent
  do
    local s = listener:accept()
    s:setblocking(false)
    local ok, err = pcall(s.sendall, s, ("x"):rep(1 << 24))
    sent = not ok and err.characters_written
    ways[way](s)
  end
  collectgarbage()
  local got = 0
  repeat
    local data = client:recv(1 << 20)
    got = got + #data
  until data == ""
  print(way, got == sent)
end)
listener:close()
