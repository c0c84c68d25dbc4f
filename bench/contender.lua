-- What starts a contender of a workload: see workloads.lua.

local programs <const> = assert(os.getenv("BENCH_PROGRAMS")) -- where the C programs were built
local peer <const> = assert(os.getenv("BENCH_PEER"))
local lua <const> = assert(os.getenv("BENCH_LUA"))
local python <const> = assert(os.getenv("BENCH_PYTHON"))
local copas <const> = os.getenv("BENCH_COPAS")

local function exists(path)
  local file <close> = io.open(path)
  return file ~= nil
end

-- Programs of LuaSocket and LuaSec, for which ours is in their place.
local INSTALLED <const> = { ["pysocket-luasocket"] = "luasocket", ["pysocket-luasec"] = "luasec" }
local INSTALL <const> = [[ -e 'require("pysocket.luasocket").install()' ]]

-- The command that starts it, without its arguments; nil where it cannot be had.
local function command(workload, name)
  local installed <const> = INSTALLED[name]
  local base = (workload.folder or workload.name) .. "/" .. (installed or name)
  if exists("bench/" .. base .. ".c") then return programs .. "/" .. base end
  if exists("bench/" .. base .. ".sh") then return "sh bench/" .. base .. ".sh" end
  if exists("bench/" .. base .. ".py") then return python .. " bench/" .. base .. ".py" end
  if name == "copas" and not copas then return nil end
  if exists("bench/" .. base .. ".lua") then return lua .. (installed and INSTALL or " ") .. "bench/" .. base .. ".lua" end
end

-- The shell command of one run beside its peer; it prints wall time, processor time (both in
-- seconds) and memory (in KiB).
local function run(workload, start, count, size)
  return ("'%s' %s %d %d %s"):format(peer, workload.role, count, size or 0, start)
end

return { command = command, peer = peer, run = run }
