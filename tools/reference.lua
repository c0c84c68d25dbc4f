-- The reference: what the doc comments say, by topic.

local comments = require "comments"
local html = require "html"

local reference = {}

-- {{ Topics

-- A file belongs to the topic in which its name stands.
local TOPICS <const> = {
  { page = "sockets", title = "Sockets", files = [[create socket mode connect option connection server
    core]] },
  { page = "transfer", title = "Sending and receiving", files = "transfer bytes message ancillary fds sendfile" },
  { page = "files", title = "Files", files = "file file/stream file/reading file/writing" },
  { page = "addresses", title = "Names and addresses", files = [[address resolve host lookup names netdb interface
    convert]] },
  { page = "failures", title = "Error classes", files = "error protect" },
  { page = "tasks", title = "Tasks", files = [[loop task waiting operation trace schedulers/luv
    schedulers/cqueues]] },
  { page = "readiness", title = "select and selectors", files = "select poller epoll descriptor selectors keys" },
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

-- What a reader writes: "socket.dup", "loop.run"; methods as "socket:recv".
function reference.shown(entry)
  if comments.method(entry) or entry.name:find(".", 1, true) then return entry.name end
  if entry.kind == "class" and not entry.name:find("^%u") then return entry.name end
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

--- A function of (code, html) that makes a link of code that is the name of something.
function reference.linker(topics)
  local places = {}
  for _, topic in ipairs(topics) do
    for _, entry in ipairs(topic.entries) do
      local place = topic.page .. ".html#" .. anchor_of(entry)
      local shown = reference.shown(entry)
      places[shown] = entry.kind ~= "class" and place or places[shown] or place
    end
  end
  return function(code, text)
    local name = code:gsub("%b()$", "")
    local place = places[name]
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
  local extra = item.default and " = " .. html.escape((item.default:gsub('^"(.*)"$', '"%1"'))) or ""
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
  local list_of = "<p><b>Returns</b></p><ol>\n" .. table.concat(items, "\n") .. "</ol>\n"
  if #items > 1 then return list_of end
  return "<p><b>Returns</b> " .. items[1]:gsub("^<li>", ""):gsub("</li>$", "") .. "</p>\n"
end

local function labelled(label, text, link)
  return text and ("<p><b>%s</b> %s</p>\n"):format(label, html.inline(text, link)) or ""
end

local function section(entry, title, ...)
  local text = { ('<section id="%s">\n<h3><code>%s</code></h3>\n'):format(anchor_of(entry), title), ... }
  return table.concat(text) .. "</section>\n"
end

local function paragraph(text, link)
  return text ~= "" and "<p>" .. html.inline(text, link) .. "</p>\n" or ""
end

local write = {}

write["function"] = function(entry, link)
  local usage = entry.usage and '<pre class="lua"><code>' .. html.lua(entry.usage) .. "</code></pre>\n"
  return section(
    entry,
    html.escape(signature(entry)),
    paragraph(entry.text, link),
    definitions(entry.params, link),
    results(entry.returns, link),
    labelled("Raises", entry.raise, link),
    labelled("See", entry.see, link),
    usage or ""
  )
end

function write.class(entry, link)
  local base = entry.base and ' <span class="type">a %s</span>' or ""
  local title = html.escape(reference.shown(entry)) .. "</code>" .. base:format(entry.base) .. "<code>"
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

local TITLES <const> = {
  ["pysocket.select"] = 'pysocket.select',
  ["pysocket.selectors"] = 'pysocket.selectors',
  ["pysocket.loop"] = 'pysocket.loop',
  ["pysocket.schedulers.luv"] = 'pysocket.schedulers.luv',
  ["pysocket.schedulers.cqueues"] = 'pysocket.schedulers.cqueues',
}

-- What has a heading of its own: the functions of a module, and each class.
local function group_of(entry)
  local owner = comments.method(entry) or entry.name:match("^([%w_]+)%.")
  if owner then return owner end
  if entry.kind == "class" and not entry.base and not entry.name:find("^%u") then return entry.name end
  return "functions of " .. (TITLES[entry.module] or "pysocket")
end

local function heading_of(group, topic)
  local module = group:match("^functions of (.*)$")
  if module then return "<code>require &quot;" .. module .. "&quot;</code>" end
  if topic.page == "failures" then return html.escape(group) end
  return "Methods of <code>" .. html.escape(group) .. "</code>"
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
  return order
end

--- The body of a topic's page.
function reference.page(topic, link)
  local parts = { ("<h1>%s</h1>\n"):format(topic.title) }
  for _, group in ipairs(groups_of(topic)) do
    local heading = heading_of(group.name, topic)
    local anchor = html.anchor(group[1].module .. " " .. group.name)
    parts[#parts + 1] = ('<h2 id="%s">%s</h2>\n'):format(anchor, heading)
    for _, entry in ipairs(group) do
      if entry.intro then parts[#parts + 1] = paragraph(entry.intro, link) end
      parts[#parts + 1] = write[entry.kind](entry, link)
    end
  end
  if topic.page == "constants" then parts[#parts + 1] = constants_page() end
  return table.concat(parts)
end

-- }}

return reference
