-- What a reader has received and not given out: its `parts`, or else its data from the position on.
-- While there are parts, data is "". So whoever looks at data alone finds either the beginning of
-- what is unread, or nothing. An iterator over lines may have been lent it: see lines.lua.

local sub = string.sub

local DATA <const>, POS <const> = 1, 2 -- fields of a reader
local SMALL <const> = 256 -- pieces shorter than this are put together as they come

--- The fields of a reader that has nothing.
local function new()
  return {
    [DATA] = "", [POS] = 1,
    parts = {}, held = 0, -- bytes in parts
    searched = false, -- no line ends in parts
    lent = false, -- to whom it is or was
  }
end

local function set(self, data)
  self.parts = {} -- first: there may be no memory for it
  self[DATA], self[POS] = data, 1
  self.held, self.searched = 0, false
end

--- Forgets all of it.
local function forget(self)
  set(self, "")
end

--- Puts a piece behind the parts.
local function push(self, piece)
  local parts = self.parts
  local count = #parts
  if count > 0 and #parts[count] < SMALL then
    parts[count] = parts[count] .. piece
  else
    parts[count + 1] = piece
  end
  self.held = self.held + #piece
end

--- From here on data is "".
local function stash(self)
  if self.journal then self.journal:record(self) end
  if self[POS] <= #self[DATA] then push(self, sub(self[DATA], self[POS])) end
  self[DATA], self[POS] = "", 1
end

--- Puts a piece behind all.
local function append(self, piece)
  if self.held == 0 and self[POS] > #self[DATA] then
    if self.journal then self.journal:record(self) end
    self[DATA], self[POS] = piece, 1
  else
    stash(self)
    push(self, piece)
    self.searched = false
  end
end

--- From here on there are no parts.
local function flatten(self)
  if self.held == 0 then return end
  set(self, table.concat(self.parts))
end

--- The parts, which become nothing, when a line that begins with them ends in the piece: it becomes
-- the data, which takes no copy of it.
local function part_with(self, piece)
  local head = table.concat(self.parts)
  set(self, piece)
  return head
end

return {
  append = append,
  flatten = flatten,
  forget = forget,
  new = new,
  part_with = part_with,
  push = push,
  stash = stash,
}
