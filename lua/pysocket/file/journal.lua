-- What a reader has given out since a certain moment, in case it has to take it back.

local Journal = { __name = "pysocket.journal" }
Journal.__index = Journal

--- A journal that begins now, for a `<close>` variable: what was read meanwhile is unread again
-- unless its field `done` is set by then.
-- @tparam table reader
-- @treturn table
local function new(reader)
  return setmetatable({ reader = reader, start = reader.pos }, Journal)
end

--- Notes what has been read of `reader.data`, which is about to be replaced.
function Journal:record(reader)
  self[#self + 1] = reader.data:sub(self.start, reader.pos - 1)
  self.start = 1
end

function Journal:__close()
  local reader = self.reader
  reader.journal = false
  if self.done or not reader.source then return end
  self:record(reader)
  reader:unread(table.concat(self))
end

return { new = new }
