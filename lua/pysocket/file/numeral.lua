-- Reads a number as Lua's files do for the format "n": the longest prefix that may become a
-- numeral, read byte by byte.

local LONGEST <const> = 200 -- bytes; Lua's own limit
local DATA <const>, POS <const> = 1, 2 -- as in unread.lua

local Scanner = { __name = "pysocket.scanner" }
Scanner.__index = Scanner

-- What may stand before a fraction: a point, or what the locale has for it.
local function point()
  return "^[.%" .. ("%.1f"):format(0):match("0(.)") .. "]"
end

-- Steps over the next byte if it is one of a pattern's class.
function Scanner:test(class)
  local char = self.reader:at(self.length + 1)
  if not char:find(class) then return false end
  if self.length == LONGEST then
    self.text = "" -- no number, as Lua has it
    return false
  end
  self.length = self.length + 1
  self.text = self.text .. char
  return true
end

function Scanner:digits(class)
  local count = 0
  while self:test(class) do count = count + 1 end
  return count
end

function Scanner:scan()
  self:test("^[-+]")
  local count, digit, exponent = 0, "^%d", "^[eE]"
  if self:test("^0") then
    if self:test("^[xX]") then
      digit, exponent = "^%x", "^[pP]"
    else
      count = 1
    end
  end
  count = count + self:digits(digit)
  if self:test(self.point) then count = count + self:digits(digit) end
  if count > 0 and self:test(exponent) then
    self:test("^[-+]")
    self:digits("^%d")
  end
end

-- The same for a plain number that is there, with a byte behind it; nil where it is none.
local function plain(reader)
  local start = reader[POS]
  local window = reader[DATA]:sub(start, start + LONGEST)
  local text, behind = window:match("^%s*([-+]?%d+%.?%d*)()")
  if not text or not window:find("^[^%w.,]", behind) then return nil end
  reader[POS] = start + behind - 1
  return tonumber(text)
end

--- The next number, after blanks; nil where there is none: what looked like one is gone, as in Lua.
-- Raises what `reader:at` raises, and then nothing but blanks has been read.
-- @tparam table reader
-- @treturn ?number
local function read(reader)
  reader:count(10) -- of the work that a line is
  local number = plain(reader)
  if number then return number end
  while reader:at(1):find("^%s") do reader:skip(1) end
  local scanner = setmetatable({ reader = reader, length = 0, text = "", point = point() }, Scanner)
  scanner:scan()
  reader:skip(scanner.length)
  return tonumber(scanner.text)
end

return { read = read }
