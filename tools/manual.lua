-- Writes the manual to a folder, by default build/docs: the chapters of docs/*.md, and the reference
-- from the doc comments. It stops at a link that leads nowhere.

local root = arg[0]:match("^(.*)/tools/[^/]*$") or "."
package.path = root .. "/tools/?.lua;" .. package.path

local comments = require "comments"
local html = require "html"
local reference = require "reference"

local OUTPUT <const> = arg[1] or "build/docs"

-- {{ Files

local function read(path)
  local f <close> = assert(io.open(path))
  return f:read("a")
end

local function write(path, text)
  local f <close> = assert(io.open(path, "w"))
  f:write(text)
end

local function markdown(path)
  local f <close> = assert(io.popen("cmark-gfm --unsafe -e table -e autolink " .. path))
  local text = f:read("a")
  assert(text ~= "", "cmark-gfm made nothing of " .. path)
  return text
end

-- }}

-- {{ Chapters

local CHAPTERS <const> = {
  { file = "README.md", page = "index", title = "pysocket" },
  { file = "docs/tutorial.md", page = "tutorial", title = "Tutorial" },
  { file = "docs/traps.md", page = "traps", title = "Traps" },
  { file = "docs/waiting.md", page = "waiting", title = "Waiting" },
  { file = "docs/servers.md", page = "servers", title = "Servers" },
  { file = "docs/protocols.md", page = "protocols", title = "Protocols" },
  { file = "docs/datagrams.md", page = "datagrams", title = "Datagrams" },
  { file = "docs/tls.md", page = "tls", title = "TLS" },
  { file = "docs/testing.md", page = "testing", title = "Testing" },
  { file = "docs/errors.md", page = "errors", title = "Errors" },
  { file = "docs/speed.md", page = "speed", title = "Speed" },
  { file = "docs/from-python.md", page = "from-python", title = "Coming from Python" },
  { file = "docs/from-luasocket.md", page = "from-luasocket", title = "Coming from LuaSocket" },
  { file = "docs/embedding.md", page = "embedding", title = "Embedding" },
  { file = "docs/versions.md", page = "versions", title = "Versions" },
  { file = "docs/internals.md", page = "internals", title = "Internals" },
  { file = "docs/platforms.md", page = "platforms", title = "Platforms" },
}

-- Headings can be linked to, code has colours, names in it are links, links to chapters are to
-- their pages.
local function polish(text, link)
  text = text:gsub("<h([1-4])>(.-)</h%1>", function(level, title)
    return ('<h%s id="%s">%s</h%s>'):format(level, html.anchor(title), title, level)
  end)
  text = text:gsub('<pre><code class="language%-lua">(.-)</code></pre>', function(code)
    return '<pre class="lua"><code>' .. html.lua(html.unescape(code)) .. "</code></pre>"
  end)
  text = text:gsub('href="docs/', 'href="'):gsub('(href="[%w-]+)%.md', "%1.html")
  text = text:gsub('src="docs/', 'src="')
  text = text:gsub("<table>", '<div class="wide"><table>'):gsub("</table>", "</table></div>")
  text = text:gsub("()<code>([^<]-)</code>", function(place, code)
    if text:sub(place - 5, place - 1) == "<pre>" then return nil end
    return link(html.unescape(code), "<code>" .. code .. "</code>")
  end)
  return text
end

-- The second-level headings of a page, for its own table of contents.
local function headings(text)
  local list = {}
  for anchor, title in text:gmatch('<h2 id="([^"]*)">(.-)</h2>') do
    list[#list + 1] = { anchor = anchor, title = title:gsub("<[^>]+>", "") }
  end
  return list
end

-- }}

-- {{ Pages

local function nav_items(pages, current)
  local items = {}
  for _, page in ipairs(pages) do
    local class = page.page == current and ' class="here"' or ""
    items[#items + 1] = ('<li><a%s href="%s.html">%s</a></li>'):format(class, page.page, page.title)
  end
  return table.concat(items, "\n")
end

local function contents(list)
  if #list < 3 then return "" end
  local items = {}
  for _, heading in ipairs(list) do
    items[#items + 1] = ('<li><a href="#%s">%s</a></li>'):format(heading.anchor, heading.title)
  end
  return '<nav class="contents"><ul>\n' .. table.concat(items, "\n") .. "\n</ul></nav>\n"
end

local PAGE <const> = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<input type="checkbox" id="menu"><label for="menu">pysocket</label>
<nav class="site">
<input type="search" id="search" placeholder="Search names ( / )" aria-label="Search names" autocomplete="off">
<ul id="found"></ul>
<ul>
%s
</ul>
<p>Reference</p>
<ul>
%s
</ul>
</nav>
<main>
%s
</main>
<script src="index.js"></script>
<script src="search.js"></script>
</body>
</html>
]]

-- The page's own contents stand behind its first heading and what introduces it.
local function with_contents(text)
  local list = contents(headings(text))
  local place = text:find("<h2 ", 1, true)
  if list == "" or not place then return text end
  return text:sub(1, place - 1) .. list .. text:sub(place)
end

local INDEX <const> = { page = "names", title = "All names" }

local function write_page(page, body, topics)
  local title = page.page == "index" and "pysocket" or page.title .. " - pysocket"
  local reference_pages = { INDEX, table.unpack(topics) }
  local navigation = { nav_items(CHAPTERS, page.page), nav_items(reference_pages, page.page) }
  local text = PAGE:format(title, navigation[1], navigation[2], with_contents(body))
  write(("%s/%s.html"):format(OUTPUT, page.page), text)
  return text
end

-- }}

-- {{ Links

-- Every link of a page leads to a page that is there, and to a place in it that is there.
local function check_links(pages)
  local bad = {}
  for name, text in pairs(pages) do
    for target in text:gmatch('href="([^"]+)"') do
      local file, anchor = target:match("^([^#]*)#?(.*)$")
      local page = file == "" and text or pages[file]
      local outside = target:find("^https?:") or target == "style.css"
      local found = page and (anchor == "" or page:find('id="' .. anchor .. '"', 1, true))
      if not outside and not found then bad[#bad + 1] = name .. " -> " .. target end
    end
  end
  table.sort(bad)
  if #bad > 0 then error("links that lead nowhere:\n  " .. table.concat(bad, "\n  "), 0) end
end

-- }}

-- {{ Search

local function quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0"):gsub("\n", " ") .. '"'
end

-- What the search field looks through: names, and the headings of chapters.
local function search_index(names, chapters)
  local rows = {}
  local function add(...)
    local row = {}
    for i, text in ipairs({ ... }) do row[i] = quote(text) end
    rows[#rows + 1] = "[" .. table.concat(row, ",") .. "]"
  end
  for _, entry in ipairs(names) do add(entry.name, entry.place, entry.text) end
  for _, chapter in ipairs(chapters) do
    add(chapter.title, chapter.page .. ".html", "chapter")
    for _, heading in ipairs(headings(chapter.body)) do
      add(html.unescape(heading.title), chapter.page .. ".html#" .. heading.anchor, "in " .. chapter.title)
    end
  end
  return "const NAMES = [\n" .. table.concat(rows, ",\n") .. "\n];\n"
end

-- }}

assert(os.execute("mkdir -p '" .. OUTPUT .. "'"))
local entries = comments.read()
local topics = reference.topics(entries)
local names = reference.names(topics)
local link = reference.linker(topics)
local pages = {}

for _, chapter in ipairs(CHAPTERS) do
  chapter.body = polish(markdown(chapter.file), link)
  pages[chapter.page .. ".html"] = write_page(chapter, chapter.body, topics)
end
for _, topic in ipairs(topics) do
  pages[topic.page .. ".html"] = write_page(topic, reference.page(topic, link), topics)
end
pages["names.html"] = write_page(INDEX, reference.index(names), topics)
check_links(pages)
write(OUTPUT .. "/index.js", search_index(names, CHAPTERS))
for _, file in ipairs({ "style.css", "search.js" }) do write(OUTPUT .. "/" .. file, read("docs/" .. file)) end
os.execute("cp docs/*.svg docs/*.png '" .. OUTPUT .. "' 2>/dev/null")
print(("the manual is in %s: open %s/index.html"):format(OUTPUT, OUTPUT))
