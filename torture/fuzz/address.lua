-- The push side of every codec: protocol, then a sockaddr. What comes out goes in again.

local core = require "pysocket.core"

return function(data)
  local proto, blob = data:byte(1) or 0, data:sub(2)
  local value = core.address_push(blob, proto)
  tostring(value)
  if value == nil or #blob < 2 then return end
  local family = string.unpack("=I2", blob)
  -- of a name no byte is made up
  assert(family ~= core.AF_UNIX or blob:find(value, 1, true), "a name is longer than its address")
  local ok, again = pcall(core.address_roundtrip, family, proto, value)
  if ok and again then
    tostring(again)
    assert(type(again) == type(value))
    assert(again == core.address_roundtrip(family, proto, again), "an address changes on its way")
  end
end
