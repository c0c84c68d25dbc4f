-- bytearray and its views beside a model: a table of bytes.

local socket = require "pysocket"

local function check(b, model, from, to)
  assert(#b == to - from + 1)
  local parts = {}
  for i = from, to do parts[#parts + 1] = string.char(model[i]) end
  assert(tostring(b) == table.concat(parts))
end

return function(data)
  local place = 1
  local function next_byte()
    local byte = data:byte(place) or 0
    place = place + 1
    return byte
  end
  local function next_index()
    local byte = next_byte()
    if byte == 255 then return math.maxinteger elseif byte == 254 then return math.mininteger end
    return byte - 100
  end
  local size = next_byte()
  local model = {}
  for i = 1, size do model[i] = 0 end
  local whole = socket.bytearray(size)
  local views = {{whole, 1, size}}
  while place <= #data do
    local op, v = next_byte() % 6, views[next_byte() % #views + 1]
    local b, from, to = v[1], v[2], v[3]
    local i, j = next_index(), next_index()
    if op == 0 then
      local text = tostring(b)
      assert(b:sub(i, j) == text:sub(i, j))
    elseif op == 1 and #views < 50 then
      local text = tostring(b)
      local left = i < 0 and math.max(#text + i + 1, 1) or math.max(i, 1)
      local piece = b:view(i, j)
      assert(tostring(piece) == text:sub(i, j))
      if #piece > 0 then views[#views + 1] = {piece, from + left - 1, from + left + #piece - 2} end
    elseif op == 2 then
      local text = data:sub(place, place + next_byte() % 20)
      local fits = i >= 1 and i <= #b + 1 and #text <= #b - i + 1
      assert(pcall(b.set, b, i, text) == fits)
      if fits then for k = 1, #text do model[from + i + k - 2] = text:byte(k) end end
    elseif op == 3 then
      local ok = pcall(function() b[i] = j end)
      assert(ok == (i >= 1 and i <= #b and j >= 0 and j <= 255))
      if ok then model[from + i - 1] = j end
    elseif op == 4 then
      local ok, byte = pcall(function() return b[i] end)
      assert(ok == (i >= 1 and i <= #b))
      if ok then assert(byte == model[from + i - 1]) end
    elseif op == 5 then
      local source = views[next_byte() % #views + 1]
      local text = tostring(source[1])
      local fits = i >= 1 and i <= #b + 1 and #text <= #b - i + 1
      assert(pcall(b.set, b, i, source[1]) == fits)
      if fits then for k = 1, #text do model[from + i + k - 2] = text:byte(k) end end
      assert((b == source[1]) == (tostring(b) == tostring(source[1])))
    end
    check(b, model, from, to)
  end
  check(whole, model, 1, size)
end
