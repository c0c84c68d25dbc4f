-- What /proc says about a process. For specs and for the roles of child processes.

local machine = {}

-- A function of a library of spec/roles/ that was compiled before the specs run, where no compiler is at hand; or nil.
function machine.compiled(library, name)
  local folder = os.getenv("PYSOCKET_ROLES")
  return folder and package.loadlib(folder .. "/" .. library .. ".dll", name)
end

local sockets <const> = machine.compiled("windows", "sockets")

-- A field of a process in /proc/PID/status, by default of this one; nil when it is gone.
function machine.status(field, pid)
  local f <close> = io.open("/proc/" .. (pid or "self") .. "/status")
  local text = f and f:read("a") or ""
  return text:match("\n" .. field .. ":%s*([^\n]*)")
end

-- The KiB of memory that this process has written to; counted, where VmRSS is an estimate. 0 on Windows.
function machine.memory()
  local f <close> = io.open("/proc/self/smaps_rollup")
  if not f and sockets then return 0 end
  return tonumber(f:read("a"):match("\nPrivate_Dirty:%s*(%d+)"))
end

-- The descriptors that this process has open, in order; its sockets, where these are all that can be told.
function machine.descriptors()
  if sockets then return sockets() end
  local open = {}
  local room = tonumber(machine.status("FDSize") or 0) -- for how many the process has a table
  for fd = 0, math.min(room, 1024) - 1 do
    local f = io.open("/proc/self/fdinfo/" .. fd)
    if f then
      f:close()
      open[#open + 1] = fd
    end
  end
  return open
end

return machine
