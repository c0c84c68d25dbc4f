-- peak CASE: reads 64 MiB through a file; prints how many times that the process has taken at its peak.
local loop = require "pysocket.loop"
local socket = require "pysocket"

local SIZE <const> = 64 << 20
local reads = {
  all = function(f) return #f:read("a") end,
  count = function(f) return #f:read(SIZE) end,
  readall = function(f) return #f:readall() end,
  -- a line that never ends is an error at its limit
  line = function(f)
    local ok, err = pcall(f.read, f, "l")
    return not ok and err.__name == "LimitOverrunError" and SIZE or 0
  end,
}

local function peak()
  local status <close> = assert(io.open("/proc/self/status"))
  return tonumber(status:read("a"):match("VmHWM:%s*(%d+)")) * 1024
end

local piece = ("x"):rep(1 << 20)
local before = peak()
local a, b = socket.socketpair()
loop.run(function()
  local sender = loop.spawn(function()
    for _ = 1, SIZE >> 20 do
      if not pcall(a.sendall, a, piece) then break end
    end
    a:close()
  end)
  local f = b:makefile("rb")
  assert(reads[arg[1]](f) == SIZE)
  f:close()
  b:close()
  sender:join()
end)
print(("%.2f"):format((peak() - before) / SIZE))
