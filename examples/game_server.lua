-- A game over UDP with a fixed tick: players send their moves, and each tick sends everybody's
-- position to all players. The game has a loop of its own, as games do; in each frame, it gives the
-- network a few milliseconds as soon as there is something to do.
-- ./dev run examples/game_server.lua [host [port [ticks]]]; try it with: nc -u host port
--   join NAME, move DX DY, leave

local loop = require "pysocket.loop"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local host, port = arg[1] or "127.0.0.1", tonumber(arg[2] or 0)
local ticks = tonumber(arg[3] or math.huge)

local TICK <const> = 1 / 30
local NETWORK <const> = 0.005 -- seconds in each tick
local SILENCE <const> = 10 -- seconds after which a player is removed

local world = {} -- players, by the text of their address

local commands = {}

function commands.join(key, address, name)
  world[key] = { name = name, address = address, x = 0, y = 0, dx = 0, dy = 0 }
  print(name .. " joins from " .. key)
end

function commands.move(key, _, words)
  local dx, dy = words:match("^(-?%d+) (-?%d+)$")
  if not dx or not world[key] then return end
  world[key].dx, world[key].dy = tonumber(dx), tonumber(dy)
end

function commands.leave(key)
  world[key] = nil
end

-- Receives datagrams, and handles each: a task. No datagram may stop the game.
local function listen(s)
  while true do
    local data, address = s:recvfrom(512)
    local command, words = data:match("^(%l+) ?([%w -]*)%s*$")
    local key = tostring(address)
    if commands[command] then commands[command](key, address, words) end
    if world[key] then world[key].heard = socket.monotonic() end
  end
end

-- Advances the world by one tick.
local function simulate()
  for key, player in pairs(world) do
    player.x, player.y = player.x + player.dx, player.y + player.dy
    if player.heard < socket.monotonic() - SILENCE then world[key] = nil end
  end
end

-- A datagram for which the kernel has no room is lost, as others are on the way.
local function tell_all(s, tick)
  local lines = { "tick " .. tick }
  for _, player in pairs(world) do
    table.insert(lines, ("%s %d %d"):format(player.name, player.x, player.y))
  end
  local text = table.concat(lines, "\n") .. "\n"
  local sendto = socket.protect(s.sendto)
  for _, player in pairs(world) do sendto(s, text, socket.MSG_DONTWAIT, player.address) end
end

local network <close> = loop.new()
local s <close> = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s:bind({ host, port })
print("listening on " .. tostring(s:getsockname()))
network:spawn(listen, s)

local start = socket.monotonic()
for tick = 1, ticks do
  simulate()
  tell_all(s, tick)
  -- A game would draw here. Ticks are timed from the start, so they do not drift.
  network:step(NETWORK, start + tick * TICK - socket.monotonic())
end
