-- The script of game.c: a chat room for players who send lines over TCP. The game may load it again
-- while it runs; players stay connected, and no byte that they send is lost.

local socket = require "pysocket"
local loop = require "pysocket.loop"

local TOLD = "%s: %s\n"
local MOST <const> = 1000 -- lines that wait for a player who reads slowly

kept.listener = kept.listener or socket.create_server({"127.0.0.1", 0})
kept.players = kept.players or {}

-- These return nil and the error of a player's connection; the cancel of a task passes through.
local sendall = socket.protect(socket.socket.sendall)
local read = socket.protect(function(file) return file:read("l") end)
local accept = socket.protect(socket.socket.accept)

-- One task sends a player's lines, in order: of two tasks that send, one might continue in the
-- middle of the other's line.
local function write(player)
  while player.lines[1] do
    local text = table.concat(player.lines)
    player.lines = {}
    if not sendall(player.conn, text) then break end
  end
  player.writer = nil
end

-- A player who reads slowly delays nobody, and misses lines.
local function tell(text)
  for player in pairs(kept.players) do
    if #player.lines < MOST then table.insert(player.lines, text) end
    player.writer = player.writer or loop.spawn(write, player)
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
  local name = "player " .. address.port
  local player = {conn = conn, file = conn:makefile("r"), name = name, lines = {}}
  kept.players[player] = true
  tell(player.name .. " came\n")
  loop.spawn(serve, player)
end

for player in pairs(kept.players) do
  player.writer = nil -- the task of the previous script, which has ended
  loop.spawn(serve, player)
end
print("listening on " .. tostring(kept.listener:getsockname()))

-- Without loop.serve, because the listener and the players outlive this script. After an error of
-- accept, such as a lack of descriptors, it pauses and tries again.
while true do
  local conn, address = accept(kept.listener)
  if conn then welcome(conn, address) else loop.sleep(0.1) end
end
