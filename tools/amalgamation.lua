-- Writes the library as one C file and one header, for programs that copy sources into their tree. Arguments: the build folder, whose
-- lists the C file contains, and the folder for pysocket.c and pysocket.h.
--
-- The C files follow each other in the order of meson.build. The names that a file keeps to itself (statics, types, enumerators) get
-- the file's name in front, since other files or system headers may have the same; its macros end with it. Each header of ours
-- stands where it is first included.

local BUILD <const>, OUTPUT <const> = arg[1], arg[2]

local function read(path)
  local f <close> = assert(io.open(path, "rb"))
  return f:read("a")
end

local function write(path, text)
  local f <close> = assert(io.open(path, "wb"))
  f:write(text)
end

local function exists(path)
  local f <close> = io.open(path)
  return f ~= nil
end

local function set(names)
  local found = {}
  for name in names:gmatch("%S+") do found[name] = true end
  return found
end

-- {{ Tokens

-- What a file consists of, in order and complete. A directive is one token.
local PATTERNS <const> = {
  {"space", "^[ \t\n]+"},
  {"comment", "^/%*.-%*/"},
  {"string", '^"[^"\\]*"'},
  {"name", "^[%a_][%w_]*"},
  {"number", "^%d[%w_.]*"},
  {"mark", "^%->"},
  {"mark", "^%."},
  {"mark", "^."},
}

-- The end of a text in quotes that begins there.
local function quoted_end(text, place, quote)
  repeat
    place = text:find("[" .. quote .. "\\]", place + 1)
    local escape = text:sub(place, place) == "\\"
    if escape then place = place + 1 end
  until not escape
  return place
end

-- The end of a directive, which a backslash continues.
local function directive_end(text, place)
  repeat
    place = text:find("\n", place, true) or #text + 1
    local continued = text:sub(place - 1, place - 1) == "\\"
    if continued then place = place + 1 end
  until not continued
  return place - 1
end

local function token_at(text, place, starts_line)
  local first = text:sub(place, place)
  if first == '"' or first == "'" then return "string", quoted_end(text, place, first) end
  if first == "#" and starts_line then return "directive", directive_end(text, place) end
  for _, pattern in ipairs(PATTERNS) do
    local _, last = text:find(pattern[2], place)
    if last then return pattern[1], last end
  end
end

local function tokens_of(text)
  local tokens, place, starts_line = {}, 1, true
  while place <= #text do
    local kind, last = token_at(text, place, starts_line)
    local token = {kind = kind, text = text:sub(place, last)}
    tokens[#tokens + 1] = token
    if kind == "space" then starts_line = starts_line or token.text:find("\n", 1, true) ~= nil
    elseif kind ~= "comment" then starts_line = false end
    place = last + 1
  end
  return tokens
end

-- }}

-- {{ Names that a file declares

local OPENING <const>, CLOSING <const> = set("( [ {"), set(") ] }")
local TAGGED <const> = set("struct union enum")

-- Where the group ends that begins there.
local function group_end(tokens, i)
  local depth = 0
  repeat
    if OPENING[tokens[i].text] then depth = depth + 1
    elseif CLOSING[tokens[i].text] then depth = depth - 1 end
    i = i + 1
  until depth == 0
  return i - 1
end

-- Of a list of enumerators, which begins behind its brace.
local function add_enumerators(names, tokens, i, last)
  local expected = true
  while i < last do
    local token = tokens[i]
    if OPENING[token.text] then i = group_end(tokens, i)
    elseif token.text == "," then expected = true
    elseif expected and token.kind == "name" then
      names[token.text] = true
      expected = false
    end
    i = i + 1
  end
end

-- Reads the declaration that begins there; returns where the next one begins.
local function read_declaration(tokens, i, types, values)
  local is_type, is_static = tokens[i].text == "typedef", tokens[i].text == "static"
  local candidate, function_name, done
  local function declare()
    if candidate and is_type then types[candidate] = true end
    if candidate and is_static then values[candidate] = true end
    candidate, done = nil, true
  end
  while tokens[i] do
    local token, before = tokens[i], tokens[i - 1]
    if token.text == ";" then
      if not done then declare() end
      return i + 1
    elseif token.text == "__attribute__" then i = group_end(tokens, i + 1)
    elseif token.text == "{" then
      local last = group_end(tokens, i)
      local tag = before and before.kind == "name" and tokens[i - 2] and TAGGED[tokens[i - 2].text] and before.text
      if tag or before and TAGGED[before.text] then
        if tag then types[tag] = true end
        local keyword = tag and tokens[i - 2].text or before.text
        if keyword == "enum" then add_enumerators(types, tokens, i + 1, last) end
        candidate = nil
      elseif function_name then return last + 1 end -- a body
      i = last
    elseif token.text == "=" then
      if not done then declare() end
    elseif token.text == "," then
      if not done then declare() end
      done = false
    elseif token.text == "(" and not done then
      local last = group_end(tokens, i)
      if tokens[i + 1].text == "*" then -- a pointer to a function
        for k = i, last do
          if tokens[k].kind == "name" and tokens[k].text ~= "const" then candidate = tokens[k].text end
        end
      elseif candidate then function_name = candidate end
      i = last
      declare()
    elseif token.text == "[" then
      i = group_end(tokens, i)
    elseif token.kind == "name" and not done then candidate = token.text end
    i = i + 1
  end
  return i
end

-- The types and enumerators of a file's own, and its statics.
local function declared(tokens)
  local plain, types, values = {}, {}, {}
  for _, token in ipairs(tokens) do
    if token.kind ~= "space" and token.kind ~= "comment" and token.kind ~= "directive" then plain[#plain + 1] = token end
  end
  local i = 1
  while plain[i] do i = read_declaration(plain, i, types, values) end
  return types, values
end

-- }}

-- {{ Headers

local parsed = {} -- by path: tokens, and the types that they declare
local function parse(path)
  if not parsed[path] then
    local tokens = tokens_of(read(path))
    local types = declared(tokens)
    for i = 3, #tokens do -- also those that are known by their tag alone
      if TAGGED[tokens[i - 2].text] and tokens[i].kind == "name" then types[tokens[i].text] = true end
    end
    parsed[path] = {tokens = tokens, types = types}
  end
  return parsed[path]
end

-- The path of a file that another includes; a list that the build has made is in its folder.
local function find_include(name, includer)
  local folder = includer:match("^(.*/)")
  local beside = (folder .. name):gsub("[^/]+/%.%./", "")
  if exists(beside) then return beside end
  if exists("src/" .. name) then return "src/" .. name end
  return BUILD .. "/" .. name, true
end

local function included(token)
  return token.kind == "directive" and token.text:match('^#%s*include%s+"([^"]+)"')
end

-- Adds the types of all headers of ours that a file includes.
local function add_types(path, tokens, types, visited)
  for _, token in ipairs(tokens) do
    local name = included(token)
    local header, is_list
    if name then header, is_list = find_include(name, path) end
    if header and not is_list and not visited[header] then
      visited[header] = true
      local found = parse(header)
      for type in pairs(found.types) do types[type] = true end
      add_types(header, found.tokens, types, visited)
    end
  end
  return types
end

-- }}

-- {{ New names

local function replaced(text, names, prefix)
  return (text:gsub("()([%a_][%w_]*)", function(place, name)
    if text:sub(place - 1, place - 1):find("[.%w_#\"]") or text:sub(place - 2, place - 1) == "->" then return nil end
    return names[name] and prefix .. name or nil
  end))
end

-- Renames in place. A member keeps its name: behind a dot or an arrow, and where its structure is declared.
local function rename(tokens, types, values, prefix)
  local both = setmetatable({}, {__index = function(_, name) return types[name] or values[name] end})
  local structures, depth, before, tagged = {}, 0, "", 0
  for _, token in ipairs(tokens) do
    local text = token.text
    if token.kind == "directive" and text:find("^#%s*define") then
      local head, body = text:match("^(#%s*define%s+[%w_]+)(.*)$")
      token.text = head .. replaced(body, both, prefix)
    elseif token.kind == "name" then
      local names = (structures[depth] or TAGGED[before]) and types or both
      if names[text] and before ~= "." and before ~= "->" then token.text = prefix .. text end
    elseif text == "{" then
      depth = depth + 1
      structures[depth] = tagged > 0
    elseif text == "}" then depth = depth - 1 end
    if token.kind ~= "space" and token.kind ~= "comment" then
      before = text
      tagged = (text == "struct" or text == "union") and 2 or tagged - 1
      if text == "{" or tagged == 0 and token.kind ~= "name" then tagged = 0 end
    end
  end
end

-- }}

-- {{ The C file

local parts, seen, conditional = {}, {}, {}
local function add(text) parts[#parts + 1] = text end

-- The macros that the file defines, but for those that the system may have.
local function macros_of(tokens)
  local list, found, before = {}, {}, ""
  for _, token in ipairs(tokens) do
    if token.kind == "directive" then
      local name = token.text:match("^#%s*define%s+([%w_]+)")
      local undefined = token.text:match("^#%s*undef%s+([%w_]+)")
      if undefined then found[undefined] = nil end
      if name and not before:find("^#%s*ifndef%s+" .. name .. "$") and not found[name] then
        found[name] = true
        list[#list + 1] = name
      end
      before = token.text
    end
  end
  return list, found
end

local emit

local function emit_include(name, path)
  local file, is_list = find_include(name, path)
  if is_list then
    add((read(file):gsub("^/%*.-%*/\n", ""):gsub("\n$", "")))
  elseif not seen[file] then
    seen[file] = true
    if name:find("pysocket.h", 1, true) then add('#include "pysocket.h"')
    else emit(file, parse(file).tokens) end
  end
end

-- A header that stands under a condition is not there for a file that includes it elsewhere.
function emit(path, tokens)
  local depth = path:find("%.h$") and -1 or 0 -- a header is under the condition of its guard
  for _, token in ipairs(tokens) do
    local text = token.text
    if text:find("^#%s*if") then depth = depth + 1
    elseif text:find("^#%s*endif") then depth = depth - 1 end
    local name = included(token)
    if name then
      local file, is_list = find_include(name, path)
      assert(not conditional[file], path .. " includes " .. name .. ", which stands under a condition")
      conditional[file] = depth > 0 and not is_list and not seen[file]
      emit_include(name, path)
    elseif not text:find("^/%* SPDX") then add(text) end
  end
end

local function add_source(path)
  local tokens = tokens_of(read(path))
  local types, values = declared(tokens)
  for name in pairs(add_types(path, tokens, {}, {})) do types[name] = nil end
  rename(tokens, types, values, path:gsub("^src/", ""):gsub("%.c$", ""):gsub("/", "_") .. "_")
  add("\n/* " .. path .. " */\n\n")
  emit(path, tokens)
  local list, found = macros_of(tokens)
  for _, name in ipairs(list) do
    if found[name] then add("#undef " .. name .. "\n") end
  end
end

-- The strings of a list in meson.build that begins so.
local function list_of(opening)
  local text = read("meson.build")
  local _, start = text:find(opening, 1, true)
  local list = {}
  for name in text:sub(start, text:find("\n%s*%)", start)):gmatch("'([^']+)'") do list[#list + 1] = name end
  return list
end

-- }}

local header = read("src/pysocket.h")
add(([[
/*
** pysocket %s in one file, written by './dev amalgamation'. Compile it as C11 with Lua's headers, and with GNU extensions
** (-std=gnu11, which is the default of gcc and clang); link the program with Lua and with the system's threads. With
** -DPYSOCKET_SSL it contains TLS, too: then compile with the headers of OpenSSL 3, and link with ssl and crypto.
**
%s*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
]]):format(header:match('PYSOCKET_VERSION "([^"]+)"'), (read("LICENSE"):gsub("([^\n]*)\n", function(line)
  return (line == "" and "**" or "** " .. line) .. "\n"
end))))
for _, path in ipairs(list_of("sources = files(")) do add_source(path) end
for _, path in ipairs(list_of("system_sources = tried + files(")) do add_source(path) end
for _, path in ipairs({"src/pysocket.c", "src/embed.c"}) do add_source(path) end
add("\n#ifdef PYSOCKET_SSL\n")
for _, path in ipairs(list_of("tls_sources = files(")) do add_source(path) end
add_source("src/tls/embed.c")
add("\n#endif\n")

assert(os.execute("mkdir -p '" .. OUTPUT .. "'"))
write(OUTPUT .. "/pysocket.c", table.concat(parts))
write(OUTPUT .. "/pysocket.h", header)
print(("%s/pysocket.c and pysocket.h are written"):format(OUTPUT))
