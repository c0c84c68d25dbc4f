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

-- 'parts' is a new table, made before anything is changed: there may be no memory for it.
local function set(self, data, parts)
  self[DATA], self[POS] = data, 1
  self.parts, self.held, self.searched = parts, 0, false
end

--- Forgets all of it.
local function forget(self)
  set(self, "", {})
end

-- To make a string or a table may run finalizers, and these may use the file: what follows is made
-- first, and where it is out of date then, it is made again.

local function put(self, piece)
  local parts = self.parts
  parts[#parts + 1] = piece
  self.held = self.held + #piece
end

--- Puts a piece behind the parts.
local function push(self, piece)
  put(self, piece)
  local parts = self.parts
  local count = #parts
  local before = parts[count - 1]
  if not before or #before >= SMALL then return end
  local both = before .. piece
  if self.parts == parts and parts[count - 1] == before and parts[count] == piece then
    parts[count - 1], parts[count] = both, nil
  end
end

--- From here on data is "".
local function stash(self)
  if self.journal then self.journal:record(self) end
  while self[POS] <= #self[DATA] do
    local data, pos = self[DATA], self[POS]
    local rest = sub(data, pos)
    if self[DATA] == data and self[POS] == pos then
      put(self, rest)
      break
    end
  end
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

-- The parts as one string, and a new table; nil where they have changed meanwhile.
local function join(self)
  local parts, held = self.parts, self.held
  local text, none = table.concat(parts), {}
  if self.parts == parts and self.held == held then return text, none end
end

--- From here on there are no parts.
local function flatten(self)
  while self.held > 0 do
    local text, none = join(self)
    if text then return set(self, text, none) end
  end
end

--- The parts, which become nothing, when a line that begins with them ends in the piece: it becomes
-- the data, which takes no copy of it.
-- @treturn ?string nil where that cannot be done
local function part_with(self, piece)
  local head, none = join(self)
  if head then set(self, piece, none) end
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
