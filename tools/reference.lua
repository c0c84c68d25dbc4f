-- The reference: what the doc comments say, by topic.

local comments = require "comments"
local html = require "html"

local reference = {}

-- {{ Topics

-- A file belongs to the topic in which its name stands.
local TOPICS <const> = {
  { page = "sockets", title = "Sockets", files = [[create socket attribute mode connect option
    connection server module caller arguments]] },
  { page = "transfer", title = "Sending and receiving", files = [[transfer bytes message ancillary
    fds sendfile]] },
  { page = "files", title = "Files", files = "file file/stream formats reading writing" },
  { page = "addresses", title = "Names and addresses", files = [[address resolve host lookup names
    netdb interface convert]] },
  { page = "failures", title = "Error classes", files = "error class protect" },
  { page = "tasks", title = "Tasks", files = [[loop/loop loop/run loop/task loop loop/generator
    loop/group loop/queue loop/serve loop/semaphore loop/lock loop/event loop/condition loop/park
    loop/scope scheduler pause trace schedulers/luv
    schedulers/cqueues]] },
  { page = "ssl", title = "ssl", files = [[ssl tls/context tls/trust tls/connection tls/transfer
    tls/certificate tls/session tls/fault tls/module]] },
  { page = "readiness", title = "select and selectors", files = [[select poller epoll descriptor
    selectors keys]] },
  { page = "constants", title = "Constants", files = "constants enums" },
}

local function topic_of(entry)
  local file = entry.file:match("^src/(.*)%.c$") or entry.file:match("^lua/pysocket/(.*)%.lua$")
  for i, topic in ipairs(TOPICS) do
    for name in topic.files:gmatch("%S+") do
      if name == file then return i end
    end
  end
  error(("%s has doc comments, but tools/reference.lua has no topic for it"):format(entry.file), 0)
end

-- A class that no module has: one only meets its objects.
function reference.is_object(entry)
  return entry.kind == "class" and not entry.base and not entry.name:find("^%u")
end

-- What a reader writes: "socket.dup", "loop.run"; methods as "socket:recv".
function reference.shown(entry)
  if comments.method(entry) or entry.name:find(".", 1, true) then return entry.name end
  if reference.is_object(entry) then return entry.name end
  local module = entry.module == "pysocket" and "socket" or entry.module:match("[^.]+$")
  return module .. "." .. entry.name
end

local function anchor_of(entry)
  if entry.kind == "class" then return "class-" .. reference.shown(entry) end
  return reference.shown(entry)
end

-- Each file's part, in the order in which the topic names the files.
local function sort_parts(topic)
  local rank = {}
  for name in topic.files:gmatch("%S+") do
    rank[#rank + 1] = name
    rank[name] = #rank
  end
  table.sort(topic.entries, function(a, b)
    local one = rank[a.file:match("^%a+/(.*)%.") or ""] or rank[a.file:match("pysocket/(.*)%.")]
    local other = rank[b.file:match("^%a+/(.*)%.") or ""] or rank[b.file:match("pysocket/(.*)%.")]
    if one ~= other then return one < other end
    return a.order < b.order
  end)
end

--- The topics with their entries: `page`, `title`, `entries`.
function reference.topics(entries)
  local topics = {}
  for i, topic in ipairs(TOPICS) do
    topics[i] = { page = topic.page, title = topic.title, files = topic.files, entries = {} }
  end
  for i, entry in ipairs(entries) do
    entry.order = i
    table.insert(topics[topic_of(entry)].entries, entry)
  end
  for _, topic in ipairs(topics) do sort_parts(topic) end
  return topics
end

-- }}

-- {{ Links

-- Words that are names of ours, but mean something else where they stand alone.
local COMMON <const> = { errno = true, timeout = true, socket = true, file = true, name = true }

-- The place that a word alone means: a function, or a method of `owner` or of sockets.
local function place_of_word(places, word, owner)
  if not word:find("^[%l_%d]+$") or _G[word] or COMMON[word] then return nil end
  local method = owner and places[owner .. ":" .. word]
  return method or places["socket." .. word] or places["socket:" .. word]
end

--- A function of (code, html, owner) that makes a link of code that is the name of something; a
-- word alone is looked for among the methods of the class `owner` first.
function reference.linker(topics)
  local places = {}
  for _, topic in ipairs(topics) do
    for _, entry in ipairs(topic.entries) do
      local place = topic.page .. ".html#" .. anchor_of(entry)
      local shown = reference.shown(entry)
      places[shown] = entry.kind ~= "class" and place or places[shown] or place
    end
  end
  return function(code, text, owner)
    local name = code:gsub("%b()$", "")
    local place = places[name] or place_of_word(places, name, owner)
    return place and ('<a class="name" href="%s">%s</a>'):format(place, text) or text
  end
end

-- }}

-- {{ One entry

local function signature(entry)
  local inside = {}
  for i, parameter in ipairs(entry.params) do
    local name = (i > 1 and ", " or "") .. parameter.name
    inside[i] = parameter.optional and "[" .. name .. "]" or name
  end
  return ("%s(%s)"):format(reference.shown(entry), table.concat(inside):gsub("%]%[", ""))
end

local function shown_type(kind)
  kind = kind:gsub("^%?(.*)$", "%1|nil"):gsub("|", " or ")
  return kind == "any" and "" or html.escape(kind)
end

local function definition(item, link)
  local type = shown_type(item.type)
  local extra = item.default and " = " .. html.escape(item.default) or ""
  return ('<dt><code>%s</code> <span class="type">%s%s</span></dt><dd>%s</dd>'):format(
    html.escape(item.name), type, extra, html.inline(item.text, link))
end

local function definitions(list, link)
  if #list == 0 then return "" end
  local items = {}
  for i, item in ipairs(list) do items[i] = definition(item, link) end
  return "<dl>" .. table.concat(items, "\n") .. "</dl>\n"
end

local function results(list, link)
  local items = {}
  for i, item in ipairs(list) do
    local type = shown_type(item.type)
    if type ~= "" then type = ('<span class="type">%s</span> '):format(type) end
    items[i] = "<li>" .. type .. html.inline(item.text, link) .. "</li>"
  end
  if #items == 0 then return "" end
  if #items > 1 then
    return "<p><b>Returns</b></p><ol>\n" .. table.concat(items, "\n") .. "</ol>\n"
  end
  return "<p><b>Returns</b> " .. items[1]:gsub("^<li>", ""):gsub("</li>$", "") .. "</p>\n"
end

local function labelled(label, text, link)
  return text and ("<p><b>%s</b> %s</p>\n"):format(label, html.inline(text, link)) or ""
end

local function section(entry, title, ...)
  local opening = '<section id="%s">\n<h3><code>%s</code></h3>\n'
  return table.concat({ opening:format(anchor_of(entry), title), ... }) .. "</section>\n"
end

local function paragraph(text, link)
  text = text:gsub("^%l", string.upper)
  return text ~= "" and "<p>" .. html.inline(text, link) .. "</p>\n" or ""
end

local write = {}

write["function"] = function(entry, link)
  local usage = entry.usage and html.lua(entry.usage)
  return section(
    entry,
    html.escape(signature(entry)),
    paragraph(entry.text, link),
    definitions(entry.params, link),
    results(entry.returns, link),
    labelled("Raises", entry.raise, link),
    labelled("See", entry.see, link),
    usage and '<pre class="lua"><code>' .. usage .. "</code></pre>\n" or ""
  )
end

function write.class(entry, link)
  local base = entry.base and ' <span class="type">a kind of %s</span>' or ""
  local title = html.escape(reference.shown(entry)) .. "</code>"
  title = title .. base:format(entry.base) .. "<code>"
  return section(entry, title, paragraph(entry.text, link), definitions(entry.fields, link))
end

function write.value(entry, link)
  local title = html.escape(reference.shown(entry)) .. '</code> <span class="type">'
  title = title .. shown_type(entry.type) .. "</span><code>"
  return section(entry, title, paragraph(entry.text, link))
end

-- }}

-- {{ Constants

local function constants_of(path)
  local families, order = {}, {}
  for line in io.lines(path) do
    local name = line:match("^(%S+)")
    local family = name:match("^(IPPROTO)_") or name:match("^(IPV6)_") or name:match("^[^_]+")
    if not families[family] then
      families[family] = {}
      order[#order + 1] = family
    end
    table.insert(families[family], "<code>" .. name .. "</code>")
  end
  return families, order
end

local function constants_page()
  local families, order = constants_of("src/constants.txt")
  local parts = {
    [[<h2 id="all">All constants</h2><p>Each is there if the headers have it with which the library
    was built; on Linux, those of Bluetooth if BlueZ's were there.</p><dl class="constants">]],
  }
  for _, family in ipairs(order) do
    local names = table.concat(families[family], " ")
    parts[#parts + 1] = ("<dt>%s</dt><dd>%s</dd>"):format(family, names)
  end
  return table.concat(parts, "\n") .. "</dl>\n"
end

-- }}

-- {{ A page

-- What has a heading of its own: the functions of a module, and each class.
local function group_of(entry)
  local owner = comments.method(entry) or entry.name:match("^([%w_]+)%.")
  if owner then return owner end
  if reference.is_object(entry) then return entry.name end
  if entry.constructor and entry.name:find("^%u") then return entry.name end
  if entry.base and entry.base:find("^%l") then return entry.name end -- a kind of file or selector
  return "functions of " .. entry.module
end

local function heading_of(group)
  local module = group:match("^functions of (.*)$")
  if module then return "<code>require &quot;" .. module .. "&quot;</code>" end
  return "Objects: <code>" .. html.escape(group) .. "</code>"
end

-- A module's functions first, then its objects, kinds of others last.
local function rank_of(group)
  return group.name:find("^functions of") and 1 or group.name:find("^%l") and 2 or 3
end

local function sorted(groups)
  local places = {}
  for i, group in ipairs(groups) do
    local module = group[1].module
    places[module] = places[module] or i
    places[group] = i
  end
  table.sort(groups, function(a, b)
    local one, other = places[a[1].module], places[b[1].module]
    if one ~= other then return one < other end
    one, other = rank_of(a), rank_of(b)
    if one ~= other then return one < other end
    return places[a] < places[b]
  end)
  return groups
end

local function groups_of(topic)
  local groups, order = {}, {}
  for _, entry in ipairs(topic.entries) do
    local group = entry.module .. " " .. group_of(entry)
    if not groups[group] then
      groups[group] = { name = group_of(entry) }
      order[#order + 1] = groups[group]
    end
    table.insert(groups[group], entry)
  end
  return sorted(order)
end

-- Every name of a group, as a link to where it is.
local function overview(group)
  if #group < 3 then return "" end
  local names = {}
  for i, entry in ipairs(group) do
    local name = html.escape(entry.name:match("[^:.]+$"))
    names[i] = ('<a href="#%s"><code>%s</code></a>'):format(anchor_of(entry), name)
  end
  return '<p class="names">' .. table.concat(names, " ") .. "</p>\n"
end

-- Words in the text of a class's entries are its methods first.
local function owning(link, owner)
  return function(code, text) return link(code, text, owner) end
end

-- What the topic is about comes first: a class before its methods.
local function arrange(group)
  for i, entry in ipairs(group) do
    if reference.is_object(entry) then table.insert(group, 1, table.remove(group, i)) end
  end
end

--- The body of a topic's page.
function reference.page(topic, link)
  local parts = { ("<h1>%s</h1>\n"):format(topic.title) }
  for _, group in ipairs(groups_of(topic)) do
    arrange(group)
    local heading = heading_of(group.name)
    local anchor = html.anchor(group[1].module .. " " .. group.name)
    parts[#parts + 1] = ('<h2 id="%s">%s</h2>\n'):format(anchor, heading)
    parts[#parts + 1] = overview(group)
    for _, entry in ipairs(group) do
      local own = owning(link, group.name)
      if entry.intro then parts[#parts + 1] = paragraph(entry.intro, own) end
      parts[#parts + 1] = write[entry.kind](entry, own)
    end
  end
  if topic.page == "constants" then parts[#parts + 1] = constants_page() end
  return table.concat(parts)
end

-- }}

return reference
