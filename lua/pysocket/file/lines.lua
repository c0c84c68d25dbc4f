-- The iterator over a reader's lines. It is lent what the reader has, and gives out lines of that
-- in C; the reader takes the rest back as soon as anybody asks it for anything. Much that arrives
-- at once is received into a buffer, behind the beginning of a line: then the buffer is lent.

local core = require "pysocket.core"

local lines <const> = core.lines

local DATA <const>, POS <const> = 1, 2 -- as in unread.lua
local ROOM <const> = 4096 -- for the beginning of a line, before what is received
local READS <const> = 1000 -- of what is there, before the other tasks get their turn

--- The method `lines` for a class of readers.
-- @tparam table Reader
-- @treturn function
local function method(Reader)
  -- The class of those that have lent what they have: they are without data and methods, which so
  -- are looked for here. Their other fields may be looked at.
  local Lent = { __name = Reader.__name }

  function Lent.__index(self, name)
    lines.take_back(self.lent, self, Reader)
    return self[name]
  end

  function Lent.__newindex(self, name, value)
    lines.take_back(self.lent, self, Reader)
    self[name] = value
  end

  --- A function that gives the next line at each call and raises an error where that would block:
  -- made to be fast.
  return function(self, keep)
    local cursor, buffer
    local source = self.source
    local direct = not self.decoder and self.size > 0 and core.isinstance(source, core.socket)
    local much = false -- arrived at once: what follows need not become a string
    local size = self.size -- to receive at once; where that is filled, `most`: 5% less time a line

    local function next_of_text()
      local line, err = self:line(keep)
      if err then error(err, 0) end
      if not (line and cursor) or self.journal or self[POS] > #self[DATA] then return line end
      much = direct and #self[DATA] > self.size // 4
      lines.lend(cursor, self, Lent)
      return line
    end

    -- Others may use the file and this iterator while it waits, also to receive. What is lent may
    -- be something else then, and what has arrived is put behind all that the reader has.
    local function next_of_buffer()
      while much and source.recv == lines.recv do
        buffer = buffer or core.bytearray(ROOM + size)
        local mine, view = buffer, buffer:view(ROOM + 1)
        local round = lines.shift(cursor, self, mine, ROOM)
        if not round then break end
        buffer = nil -- nobody else receives into it
        local ok, n = pcall(source.recv_into, source, view)
        buffer = mine
        if not ok then error(n, 0) end
        if n == 0 then return self:last_line(keep) end
        local lent, line = lines.extend(cursor, round, n)
        if not lent then
          self:arrive(view:sub(1, n))
          break
        end
        local next_size = n < size and self.size or self.most
        if next_size ~= size then buffer, size = nil, next_size end
        if n < self.size // 8 then much, buffer = false, nil end
        if line then return line end
      end
      return next_of_text()
    end

    if self.newline == "" then return next_of_text end
    local next_line
    next_line, cursor = lines.new(self.newline, self.limit, keep, next_of_buffer, core.pause, READS)
    return next_line
  end
end

return { READS = READS, method = method }
