-- The reference: what the doc comments say, by topic.

local comments = require "comments"
local html = require "html"

local reference = {}

-- {{ Topics

-- A file belongs to the topic in which its name stands.
local TOPICS <const> = {
  { page = "sockets", title = "Sockets", files = [[create socket attribute mode connect option share
    connection server module caller arguments]] },
  { page = "transfer", title = "Sending and receiving", files = [[transfer bytes message batch ancillary
    fds sendfile relay]] },
  { page = "files", title = "Files", files = "file file/stream formats reading writing" },
  { page = "addresses", title = "Names and addresses", files = [[address resolve host lookup names
    netdb interface convert]] },
  { page = "failures", title = "Error classes", files = "error class protect" },
  { page = "tasks", title = "Tasks", files = [[loop/loop loop/run loop/task loop loop/generator
    loop/group loop/queue loop/serve loop/semaphore loop/lock loop/event loop/condition loop/park
    loop/scope scheduler pause trace schedulers/luv
    schedulers/cqueues]] },
  { page = "ssl", title = "ssl", files = [[ssl tls/context tls/offer tls/callback tls/trust
    tls/connection tls/peer tls/transfer tls/memory tls/certificate tls/session tls/store ssl/pem tls/fault
    tls/constants ssl/enums tls/module]] },
  { page = "luasocket", title = "LuaSocket's interface", files = [[luasocket luasocket/class
    luasocket/object luasocket/connect luasocket/send luasocket/receive luasocket/datagram
    luasocket/option luasocket/select luasocket/names luasocket/streams luasocket/try]] },
  { page = "luasec", title = "LuaSec's interface", files = "luasocket/ssl luasocket/secure tls/x509" },
  { page = "readiness", title = "select and selectors", files = [[select poller epoll kqueue descriptor
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

-- A name as a place in a page.
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

-- What a function is called with is said in its text, or by the names alone.
local function shown_type(kind)
  kind = kind:gsub("^(%??)async", "%1function"):gsub("(%b())", function(list)
    return list:gsub(":[^,()]+", ""):gsub(",", ", ")
  end)
  kind = kind:gsub("%.%.%.$", "")
  kind = kind:gsub("^%?(.*)$", "%1|nil"):gsub("|", " or ")
  return kind == "any" and "" or html.escape(kind)
end

-- The options of a table: what stands as "`name` (text)" in its description.
local function options(text, link)
  local rows = {}
  for name, about in text:gmatch("(`[%w_]+`) (%b())") do
    local said = html.inline(about:sub(2, -2), link)
    rows[#rows + 1] = ("<tr><td>%s</td><td>%s</td></tr>"):format(html.inline(name, link), said)
  end
  local rest = text:gsub("`[%w_]+` %b()", ""):gsub("[%s,;]", "")
  if #rows < 2 or rest ~= "" then return nil end
  return '<table class="options">' .. table.concat(rows, "\n") .. "</table>"
end

local function definition(item, link)
  local type = shown_type(item.type)
  local extra = item.default and " = " .. html.escape(item.default) or ""
  return ('<dt><code>%s</code> <span class="type">%s%s</span></dt><dd>%s</dd>'):format(
    html.escape(item.name), type, extra, options(item.text, link) or html.inline(item.text, link))
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

-- The page of Python's documentation for a name of a module of that name.
local PAGES <const> = { Queue = "asyncio-queue", Lock = "asyncio-sync", Event = "asyncio-sync", Semaphore = "asyncio-sync",
  Condition = "asyncio-sync", StreamReader = "asyncio-stream", start_server = "asyncio-stream", Server = "asyncio-eventloop",
  TaskGroup = "asyncio-task", Task = "asyncio-task", timeout = "asyncio-task", sleep = "asyncio-task", run = "asyncio-runner",
  create_task = "asyncio-task" }

local function python_address(entry, name)
  if name:find("^SSL") then name = "ssl." .. name end
  local module, first = name:match("^([%l_]+)%.([%w_]+)")
  if not module then return nil end
  local page = module == "asyncio" and PAGES[first] or module
  local method = comments.method(entry) == "socket" and name:gsub("^socket%.", "socket.socket.")
  return ("https://docs.python.org/3/library/%s.html#%s"):format(page, method or name)
end

-- Where the semantics come from: Python's names lead to its documentation.
local function source(entry, link)
  if not entry.see then return "" end
  local text = html.inline(entry.see, link):gsub("Python's ([%w_.]+[%w_])", function(name)
    local address = python_address(entry, name)
    return address and ('<a href="%s">Python\'s %s</a>'):format(address, name)
  end)
  return "<p><b>See</b> " .. text .. "</p>\n"
end

-- A parameter that has the name of something else is not a link to it.
local function beside_parameters(link, entry)
  local parameters = {}
  for _, parameter in ipairs(entry.params) do
    parameters[parameter.name] = true
    for name in parameter.text:gmatch("`([%w_]+)` %(") do parameters[name] = true end
  end
  return function(code, text) return parameters[code] and text or link(code, text) end
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
  link = beside_parameters(link, entry)
  local usage = entry.usage and html.lua(entry.usage)
  return section(
    entry,
    html.escape(signature(entry)),
    paragraph(entry.text, link),
    definitions(entry.params, link),
    results(entry.returns, link),
    labelled("Raises", entry.raise, link),
    source(entry, link),
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
    table.insert(families[family], ('<code id="%s">%s</code>'):format(name, name))
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

-- {{ All names

local function first_sentence(entry)
  local text = entry.text:gsub("`", "")
  return (text:match("^(.-[.:;])%s") or text):gsub("[.:;]$", "")
end

--- All names: `name`, `place`, `text` (the first sentence about it), in the order of the alphabet.
function reference.names(topics)
  local names = {}
  local function add(name, place, text)
    names[#names + 1] = { name = name, place = place, text = text, key = (name:match("[^.:]+$") .. " " .. name):lower() }
  end
  for _, topic in ipairs(topics) do
    for _, entry in ipairs(topic.entries) do
      add(reference.shown(entry), topic.page .. ".html#" .. anchor_of(entry), first_sentence(entry))
    end
  end
  local families, order = constants_of("src/constants.txt")
  for _, family in ipairs(order) do
    for _, code in ipairs(families[family]) do
      local name = code:match('id="([^"]+)"')
      add("socket." .. name, "constants.html#" .. name, "constant")
    end
  end
  table.sort(names, function(a, b) return a.key < b.key end)
  return names
end

--- The body of the page with all names: a heading for each letter.
function reference.index(names)
  local parts, letter = { "<h1>All names</h1>\n" }, nil
  for _, entry in ipairs(names) do
    local first = entry.key:sub(1, 1):upper()
    if first ~= letter then
      parts[#parts + 1] = (letter and "</ul>\n" or "") .. ('<h2 id="%s">%s</h2>\n<ul class="index">\n'):format(first, first)
      letter = first
    end
    local item = '<li><a href="%s"><code>%s</code></a> %s</li>\n'
    parts[#parts + 1] = item:format(entry.place, html.escape(entry.name), html.escape(entry.text))
  end
  return table.concat(parts) .. "</ul>\n"
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
