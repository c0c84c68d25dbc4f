local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])

-- it has no lines: split by hand
local s = uv.new_tcp()
local got, bytes, rest = 0, 0, ""
s:connect("127.0.0.1", port, function()
  s:read_start(function(_, data)
    if not data then return s:close() end
    data = rest .. data
    local start = 1
    while true do
      local feed = data:find("\n", start, true)
      if not feed then break end
      local line = data:sub(start, feed - 1)
      got = got + 1
      bytes = bytes + #line
      start = feed + 1
    end
    rest = data:sub(start)
  end)
end)
uv.run()
assert(got == count and bytes == count * 39)
