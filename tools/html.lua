-- What the pages of the manual are made of.

local html = {}

local ESCAPES <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

function html.escape(text) return (text:gsub('[&<>"]', ESCAPES)) end

function html.unescape(text)
  return (text:gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&quot;", '"'):gsub("&amp;", "&"))
end

-- {{ Lua in colours

local KEYWORDS <const> = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do
  KEYWORDS[word] = true
end

-- The token at a place of a program: its class and its last place.
local function token(code, place)
  local function match(pattern) return select(2, code:find("^" .. pattern, place)) end
  local comment = match("%-%-%[(=*)%[.-%]%1%]") or match("%-%-[^\n]*")
  if comment then return "comment", comment end
  local text = match("%[(=*)%[.-%]%1%]") or match('"[^"\n]*"') or match("'[^'\n]*'")
  if text then return "string", text end
  local word = match("[%a_][%w_]*")
  if word then return KEYWORDS[code:sub(place, word)] and "keyword", word end
  local number = match("%d[%w.]*")
  if number then return "number", number end
  return nil, match("[^%w%-%[\"'_]+") or place
end

function html.lua(code)
  local pieces, place = {}, 1
  while place <= #code do
    local class, last = token(code, place)
    local text = html.escape(code:sub(place, last))
    pieces[#pieces + 1] = class and ('<span class="%s">%s</span>'):format(class, text) or text
    place = last + 1
  end
  return table.concat(pieces)
end

-- }}

local MANUAL <const> = "https://man7.org/linux/man-pages/man%s/%s.%s.html"

-- Plain text, in which recv(2) and the like are links to Linux's manual.
local function plain(text)
  return (html.escape(text):gsub("([%l_]+)%((%d)%)", function(name, section)
    local address = MANUAL:format(section, name, section)
    return ('<a href="%s">%s(%s)</a>'):format(address, name, section)
  end))
end

--- The text of a doc comment: backticks are code, the rest is plain. `link` makes a link of code
-- that is a name.
function html.inline(text, link)
  local pieces, place = {}, 1
  for before, code, after in text:gmatch("([^`]*)`([^`]+)`()") do
    pieces[#pieces + 1] = plain(before)
    pieces[#pieces + 1] = link(code, "<code>" .. html.escape(code) .. "</code>")
    place = after
  end
  pieces[#pieces + 1] = plain(text:sub(place))
  return table.concat(pieces)
end

--- What a heading is called in addresses.
function html.anchor(text)
  return (text:gsub("<[^>]+>", ""):gsub("&%w+;", ""):lower():gsub("[^%w]+", "-"):gsub("^%-", "")
    :gsub("%-$", ""))
end

return html
