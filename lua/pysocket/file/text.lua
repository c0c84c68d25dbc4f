-- What text mode does to the bytes that arrive: newlines are translated, the encoding is checked.
-- All of it copes with pieces that end anywhere, inside a character or between "\r" and "\n".

local core = require "pysocket.core"

local byte, find, sub = string.byte, string.find, string.sub

local CR <const> = 13
local LF <const> = 10
local REPLACEMENT <const> = utf8.char(0xFFFD)

-- Encodings: `invalid(text, init)` is where the first byte stands that is wrong, or nil;
-- `unfinished(text)` whether more bytes could make one character of it.

local function ascii_invalid(text, init)
  return find(text, "[\x80-\xFF]", init)
end

local function utf8_invalid(text, init)
  local _, place = utf8.len(text, init)
  return place
end

-- how many bytes a character has that starts so
local function utf8_width(lead)
  return lead >= 0xF0 and 4 or lead >= 0xE0 and 3 or 2
end

-- The smallest and the largest of the missing bytes tell: E0, ED, F0 and F4 forbid one of them.
local function utf8_unfinished(text)
  local lead = byte(text)
  if lead < 0xC2 or lead > 0xF4 then return false end
  local missing = utf8_width(lead) - #text
  if missing <= 0 then return false end
  return (utf8.len(text .. ("\x80"):rep(missing)) or utf8.len(text .. ("\xBF"):rep(missing))) ~= nil
end

local UTF8 <const> = { name = "utf-8", invalid = utf8_invalid, unfinished = utf8_unfinished }
local ASCII <const> = {
  name = "ascii",
  invalid = ascii_invalid,
  unfinished = function() return false end,
}
local BYTES <const> = false -- every byte is right

local encodings <const> = {
  ["utf-8"] = UTF8,
  utf8 = UTF8,
  ascii = ASCII,
  ["us-ascii"] = ASCII,
  ["latin-1"] = BYTES,
  latin1 = BYTES,
  ["iso-8859-1"] = BYTES,
  binary = BYTES,
}

local replacements <const> = { strict = false, replace = REPLACEMENT, ignore = "" }

--- What is to be checked under that name: an encoding, or false for nothing; nil for an unknown
-- name.
local function encoding(name)
  return encodings[name:lower():gsub("_", "-")]
end

--- What stands for wrong bytes: false for an error; nil for an unknown name.
local function replacement(name)
  return replacements[name]
end

local Decoder = { __name = "pysocket.decoder" }
Decoder.__index = Decoder

--- A decoder.
-- @tparam boolean translate whether `\r\n` and `\r` become `\n`
-- @tparam table|boolean codec what `encoding` gave
-- @tparam string|boolean substitute what `replacement` gave
local function new(translate, codec, substitute)
  return setmetatable({
    translate = translate,
    codec = codec,
    substitute = substitute,
    held = "", -- bytes that have to wait for those that follow
    broken = false, -- they begin with a wrong one
    after_cr = false, -- a "\r" has been translated at the very end: "\n" would belong to it
  }, Decoder)
end

--- Raises an error where what came next was wrong; the bytes are kept, so every later read gets the
-- same.
function Decoder:check()
  if not self.broken then return end
  core.raise("UnicodeDecodeError", {
    strerror = ("'%s' codec can't decode byte 0x%02x"):format(self.codec.name, byte(self.held)),
    call = "read",
  })
end

-- how many bytes from 'bad' on are wrong together: a character that breaks off is one mistake
local function wrong_width(self, text, bad)
  local width = 1
  while bad + width <= #text and self.codec.unfinished(sub(text, bad, bad + width)) do
    width = width + 1
  end
  return width
end

-- Text whose byte at 'bad' is wrong; what cannot be decided yet is held.
local function repair(self, text, bad, final)
  local good, pos, invalid = {}, 1, self.codec.invalid
  while bad do
    good[#good + 1] = sub(text, pos, bad - 1)
    pos = bad
    if not final and self.codec.unfinished(sub(text, bad, bad + 3)) then break end
    if not self.substitute then
      self.broken = true
      break
    end
    good[#good + 1] = self.substitute
    pos = bad + wrong_width(self, text, bad)
    bad = invalid(text, pos)
  end
  if bad then self.held = sub(text, pos) else good[#good + 1] = sub(text, pos) end
  return table.concat(good)
end

local function checked(self, piece)
  local text = self.held .. piece
  self.held = ""
  local bad = self.codec.invalid(text, 1)
  if not bad then return text end
  local good = repair(self, text, bad, piece == "")
  if good == "" then self:check() end
  return good
end

-- Plain searches: a pattern would take twice as long.
local function split_lines(text, cr)
  local lines, count, pos = {}, 0, 1
  while cr do
    count = count + 1
    lines[count] = sub(text, pos, cr - 1)
    pos = byte(text, cr + 1) == LF and cr + 2 or cr + 1
    cr = find(text, "\r", pos, true)
  end
  lines[count + 1] = sub(text, pos)
  return lines
end

local function translated(self, text)
  if text == "" then return text end
  if self.after_cr and byte(text) == LF then text = sub(text, 2) end
  self.after_cr = false
  local cr = find(text, "\r", 1, true)
  if not cr then return text end
  self.after_cr = byte(text, -1) == CR
  return table.concat(split_lines(text, cr), "\n")
end

--- What can be read of a piece: "" when more has to arrive first.
-- @tparam string piece "" at the end of the stream: what is held comes out
-- @treturn string
-- @raise UnicodeDecodeError
function Decoder:feed(piece)
  local text = self.codec and checked(self, piece) or piece
  return self.translate and translated(self, text) or text
end

return { encoding = encoding, replacement = replacement, new = new }
