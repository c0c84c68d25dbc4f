local uv = require "luv"

local port, count = tonumber(arg[1]), tonumber(arg[2])

-- it has no lines: split by hand
local function command(data, start)
  local feed = data:find("\r\n", start, true)
  if not feed then return nil end
  local words, place = {}, feed + 2
  for i = 1, tonumber(data:sub(start + 1, feed - 1)) do
    feed = data:find("\r\n", place, true)
    if not feed then return nil end
    local length = tonumber(data:sub(place + 1, feed - 1))
    place = feed + length + 4
    if place > #data + 1 then return nil end
    words[i] = data:sub(feed + 2, feed + 1 + length)
  end
  return words, place
end

local s = uv.new_tcp()
local got, rest = 0, ""
s:connect("127.0.0.1", port, function()
  s:read_start(function(_, data)
    if not data then return s:close() end
    data = rest .. data
    local start = 1
    while true do
      local words, place = command(data, start)
      if not words then break end
      assert(words[2] == "user:123")
      got = got + 1
      start = place
    end
    rest = data:sub(start)
  end)
end)
uv.run()
assert(got == count)
