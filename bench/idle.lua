-- What a request costs a server of tasks while few or many idle connections wait, each in a task.
-- Prints microseconds of the server's CPU time, and bytes a connection: as Lua counts, as the system
-- does. The idle ones of one process need as many descriptors: ulimit -n 20000 first.
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

print("   idle   us/request   bytes/idle (Lua)   (process)")
for _, idle in ipairs({ 100, 1000, 10000 }) do
  local lua, system, microseconds = measure(idle)
  print(("%7d %12.2f %18.0f %11.0f"):format(idle, microseconds, lua, system))
end
