local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])

-- a write takes a table of strings; the next begins when it has gone
local s = uv.new_tcp()
local i = 0
local function send()
  if i == count then return s:close() end
  local lines, n = {}, math.min(1000, count - i)
  for k = 1, n do lines[k] = "a line of thirty-nine letters and a fee\n" end
  i = i + n
  s:write(lines, send)
end
s:connect("127.0.0.1", port, send)
uv.run()
