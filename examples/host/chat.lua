-- The script of game.c: a chat room for players who send lines over TCP. It may be loaded again
-- while it runs; players stay connected, and not a byte of what they send is lost.

local socket = require "pysocket"
local loop = require "pysocket.loop"

local TOLD = "%s: %s\n"
local MOST <const> = 1000 -- lines that wait for a player who reads slowly

kept.listener = kept.listener or socket.create_server({"127.0.0.1", 0})
kept.players = kept.players or {}

-- They return nil and the error where a player's connection breaks; that the task is to end passes
-- through.
local sendall = socket.protect(socket.socket.sendall)
local read = socket.protect(function(file) return file:read("l") end)
local accept = socket.protect(socket.socket.accept)

-- What a player is told is sent by one task, in order: of two that send, one might go on in the
-- midst of the other's line.
local function write(player)
  while player.lines[1] do
    local text = table.concat(player.lines)
    player.lines = {}
    if not sendall(player.conn, text) then break end
  end
  player.writer = nil
end

-- Who reads slowly holds up nobody, and misses something.
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
  player.writer = nil -- it has ended with the script that was loaded before
  loop.spawn(serve, player)
end
print("listening on " .. tostring(kept.listener:getsockname()))

-- Not by loop.serve: the listener and the players outlive this script. When accept fails, for want
-- of a descriptor, say, there is a pause and another try.
while true do
  local conn, address = accept(kept.listener)
  if conn then welcome(conn, address) else loop.sleep(0.1) end
end
