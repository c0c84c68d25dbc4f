-- What a reader has given out since a certain moment, in case it has to take it back.

local Journal = { __name = "pysocket.journal" }
Journal.__index = Journal

--- A journal that begins now, for a `<close>` variable: what was read meanwhile is unread again
-- unless its field `done` is set by then.
-- @tparam table reader
-- @tparam integer start where in its data
-- @treturn table
local function new(reader, start)
  return setmetatable({ reader = reader, start = start }, Journal)
end

--- Notes what has been read of the reader's data, which is about to be replaced.
function Journal:record(reader)
  self[#self + 1] = reader:since(self.start)
  self.start = 1
end

--- Ends the journal.
-- @tparam boolean good whether what was read may be forgotten; else it is unread again
function Journal:finish(good)
  local reader = self.reader
  if not reader then return end
  self.reader, reader.journal = nil, false
  if good or not reader.source then return end
  self:record(reader)
  reader:unread(table.concat(self))
end

-- when the task is given up
function Journal:__close() self:finish(false) end

return { new = new }
