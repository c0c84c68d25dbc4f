-- The parser of control blocks.

return function(data)
  local items, bytes = ancillary_push(data), 0 -- luacheck: globals ancillary_push
  for i, item in ipairs(items) do
    assert(#item == 3 and item.cmsg_data == item[3] and math.type(item.cmsg_level) == "integer")
    tostring(item)
    bytes = bytes + #item[3]
    assert(i <= #data // 16 + 1)
  end
  assert(bytes <= #data)
end
