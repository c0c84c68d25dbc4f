-- The iterator over a reader's lines. It is lent what the reader has, and gives out lines of that
-- in C; the reader takes the rest back as soon as anybody asks it for anything.

local core = require "pysocket.core"

local lines <const> = core.lines

local DATA <const>, POS <const> = 1, 2 -- fields of a reader, which has neither while they are lent
local ROOM <const> = 4096 -- for the beginning of a line, before what is received

--- The method `lines` for a class of readers.
-- @tparam table Reader
-- @treturn function
local function method(Reader)
  local Lent = { __name = Reader.__name } -- the class of those that have lent what they had

  local function take_back(self)
    local data, pos = lines.rest(rawget(self, "lent"))
    rawset(self, DATA, data)
    rawset(self, POS, pos)
    setmetatable(self, Reader)
  end

  function Lent.__index(self, name)
    take_back(self)
    return self[name]
  end

  function Lent.__newindex(self, name, value)
    take_back(self)
    self[name] = value
  end

  local function lend(self, cursor)
    lines.lend(cursor, self[DATA], self[POS])
    self.lent = cursor
    self[DATA], self[POS] = nil, nil
    setmetatable(self, Lent)
  end

  local function has_lent(self, cursor)
    return getmetatable(self) == Lent and self.lent == cursor
  end

  --- A function that gives the next line at each call and raises an error where that would block:
  -- made to be fast.
  return function(self, keep)
    local cursor, buffer, view, receiving
    local direct = not self.decoder and core.isinstance(self.source, core.socket)

    local function next_of_text()
      local line, err = self:line(keep)
      if err then error(err, 0) end
      local rest = line and cursor and not self.journal and #self[DATA] - self[POS] + 1 or 0
      if rest == 0 then return line end
      -- a socket that had so much may have more: what follows need not become a string
      if direct and not buffer and #self[DATA] > self.size // 4 and self.size > 0 then
        buffer = core.bytearray(ROOM + self.size)
        view = buffer:view(ROOM + 1)
      end
      lend(self, cursor)
      return line
    end

    -- Receives into the buffer, behind the beginning of a line; others may read meanwhile.
    local function next_of_buffer()
      local line
      while buffer and has_lent(self, cursor) and #view == self.size do
        if receiving == buffer or not lines.shift(cursor, buffer, ROOM) then break end
        local mine, here = buffer, view
        receiving = mine
        local n = self.source:recv_into(here) -- if it raises, no more comes into this buffer
        if mine ~= buffer or not has_lent(self, cursor) then
          self:arrive(here:sub(1, n))
          return next_of_text()
        end
        receiving, line = nil, lines.extend(cursor, n)
        if n < self.size // 8 then buffer, view = nil, nil end
        if line then return line end
      end
      if receiving then buffer, view, receiving = nil, nil, nil end
      return next_of_text()
    end

    if self.newline == "" then return next_of_text end
    local next_line
    next_line, cursor = lines.new(self.newline, self.limit, keep, next_of_buffer)
    return next_line
  end
end

return { method = method }
