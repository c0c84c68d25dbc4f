-- The script of game.c: a chat room for players who send lines over TCP. It may be loaded again
-- while it runs; players stay connected, and not a byte of what they send is lost.

local socket = require "pysocket"
local loop = require "pysocket.loop"

local TOLD = "%s: %s\n"

kept.listener = kept.listener or socket.create_server({"127.0.0.1", 0})
kept.players = kept.players or {}

-- They return nil and the error where a player's connection breaks; that the task is to end passes
-- through.
local sendall = socket.protect(socket.socket.sendall)
local read = socket.protect(function(file) return file:read("l") end)

local function tell(text)
  for player in pairs(kept.players) do
    loop.spawn(sendall, player.conn, text) -- who reads slowly holds up nobody
  end
end

local function serve(player)
  local line = read(player.file)
  while line do
    tell(TOLD:format(player.name, line))
    line = read(player.file)
  end
  kept.players[player] = nil
  player.file:close()
  player.conn:close()
  tell(player.name .. " left\n")
end

local function welcome(conn, address)
  local player = {conn = conn, file = conn:makefile("r"), name = "player " .. address.port}
  kept.players[player] = true
  tell(player.name .. " came\n")
  loop.spawn(serve, player)
end

for player in pairs(kept.players) do loop.spawn(serve, player) end
print("listening on " .. tostring(kept.listener:getsockname()))
while true do welcome(kept.listener:accept()) end
