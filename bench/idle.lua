-- What a request costs a server of tasks while few or many idle connections wait, each in a task.
-- Prints microseconds of the server's CPU time, the least of some runs, and bytes a connection: as
-- Lua counts, as the system does. The idle ones need as many descriptors: ulimit -n 20000 first.
-- ./dev run bench/idle.lua [requests]

local requests = tonumber(arg[1] or 50000)
local interpreter = arg[-1]

local function measure(idle)
  local command = "%s spec/roles/%s.lua %s"
  local server <close> = io.popen(command:format(interpreter, "crowd_server", idle .. " 10"))
  local port = server:read("n")
  local words = ("%d %d 10 %d >/dev/null"):format(port, idle, requests // 10)
  local _ <close> = io.popen(command:format(interpreter, "crowd", words), "w")
  local lua, system = server:read("n", "n", "l")
  server:read("l")
  local _, _, microseconds = server:read("n", "n", "n")
  return lua, system, microseconds
end

local IDLE <const>, RUNS <const> = { 100, 1000, 10000 }, 5

local least, bytes = {}, {}
for _ = 1, RUNS do -- in turn: what disturbs one disturbs the others too
  for i, idle in ipairs(IDLE) do
    local lua, system, microseconds = measure(idle)
    bytes[i] = { lua, system }
    least[i] = math.min(least[i] or math.huge, microseconds)
  end
end

print("   idle   us/request   bytes/idle (Lua)   (process)")
for i, idle in ipairs(IDLE) do
  print(("%7d %12.2f %18.0f %11.0f"):format(idle, least[i], bytes[i][1], bytes[i][2]))
end
