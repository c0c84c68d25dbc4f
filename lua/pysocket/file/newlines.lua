-- Where a line ends: at a string, or, for "", at any of "\n", "\r" and "\r\n".

local byte, find = string.byte, string.find

local CR <const> = 13
local LF <const> = 10

local newlines = {}

--- First and last place of the next end in a text; nil where there is none, and where it may not be
-- complete.
function newlines.find(newline, text, init)
  if newline ~= "" then return find(text, newline, init, true) end
  local first = find(text, "[\r\n]", init)
  if not first or byte(text, first) == LF then return first, first end
  if first == #text then return nil end
  return first, byte(text, first + 1) == LF and first + 1 or first
end

--- The same in a piece that follows a part without a complete end. It may begin in the part, at
-- place 0.
function newlines.find_across(newline, part, piece)
  if (newline == "\r\n" or newline == "") and byte(part, -1) == CR then
    if byte(piece) == LF then return 0, 1 end
    if newline == "" then return 0, 0 end
  end
  return newlines.find(newline, piece, 1)
end

--- How many bytes at the very end of a text, in which `find` finds nothing, are an end of a line
-- after all.
function newlines.width_at_end(newline, text)
  return newline == "" and byte(text, -1) == CR and 1 or 0
end

return newlines
