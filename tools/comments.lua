-- Reads the doc comments of the sources: `/*** ... */` in C, `---` in Lua, in the manner of LDoc.
-- The manual, the editors' definitions and the report of coverage all stand on what it returns.
--
-- Tags: @function NAME, @tparam[opt=DEFAULT] TYPE NAME TEXT, @param NAME TEXT, @treturn TYPE TEXT,
-- @return TEXT, @raise, @see, @usage as in LDoc; @local: not for users. Beyond LDoc: @constructor,
-- the function is a class that can be called; @async: a call of it may wait, and in a task the other
-- tasks run meanwhile; @class NAME : BASE TEXT, its @tfield TYPE NAME TEXT, and its @operator as in
-- LuaLS; @value TYPE NAME TEXT, a plain value of the module. A comment may have several of those.
--
-- A type is a name or several with "|" between; "?TYPE" may be nil; "TYPE[]" is a sequence; "any..." are
-- several results. "function(NAME:TYPE,...)" says what a function is called with, "async" is one that
-- may wait.

local comments = {}

-- which files make which module; all others make "pysocket"
local MODULES <const> = {
  ["src/epoll.c"] = "pysocket.select",
  ["src/kqueue.c"] = "pysocket.select",
  ["lua/pysocket/kqueue.lua"] = "pysocket.select",
  ["src/poller.c"] = "pysocket.select",
  ["lua/pysocket/select.lua"] = "pysocket.select",
  ["lua/pysocket/selectors.lua"] = "pysocket.selectors",
  ["lua/pysocket/keys.lua"] = "pysocket.selectors",
  ["lua/pysocket/loop.lua"] = "pysocket.loop",
  ["lua/pysocket/loop/condition.lua"] = "pysocket.loop",
  ["lua/pysocket/loop/event.lua"] = "pysocket.loop",
  ["lua/pysocket/loop/group.lua"] = "pysocket.loop",
  ["lua/pysocket/loop/lock.lua"] = "pysocket.loop",
  ["lua/pysocket/loop/queue.lua"] = "pysocket.loop",
  ["lua/pysocket/loop/semaphore.lua"] = "pysocket.loop",
  ["lua/pysocket/loop/serve.lua"] = "pysocket.loop",
  ["lua/pysocket/luasocket.lua"] = "pysocket.luasocket",
  ["lua/pysocket/luasocket/ssl.lua"] = "pysocket.luasocket.ssl",
  ["src/luasocket/secure.c"] = "pysocket.luasocket.ssl",
  ["src/tls/x509.c"] = "pysocket.luasocket.ssl",
  ["lua/pysocket/luasocket/names.lua"] = "pysocket.luasocket",
  ["lua/pysocket/luasocket/streams.lua"] = "pysocket.luasocket",
  ["lua/pysocket/luasocket/try.lua"] = "pysocket.luasocket",
  ["lua/pysocket/ssl.lua"] = "pysocket.ssl",
  ["lua/pysocket/ssl/enums.lua"] = "pysocket.ssl",
  ["lua/pysocket/ssl/pem.lua"] = "pysocket.ssl",
  ["src/loop/loop.c"] = "pysocket.loop",
  ["src/loop/task.c"] = "pysocket.loop",
  ["src/loop/run.c"] = "pysocket.loop",
  ["src/loop/generator.c"] = "pysocket.loop",
  ["lua/pysocket/schedulers/luv.lua"] = "pysocket.schedulers.luv",
  ["lua/pysocket/schedulers/cqueues.lua"] = "pysocket.schedulers.cqueues",
}

-- and which folders of C files
local FOLDERS <const> = { luasocket = "pysocket.luasocket", tls = "pysocket.ssl" }

-- {{ Finding the comments

local function lines_of(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

-- Each doc comment as its lines, the line of its beginning, and the first line of code after it.
local function blocks_of_c(lines, add)
  local block, start
  for i, line in ipairs(lines) do
    if line:find("^/%*%*%*") then
      block, start = {}, i
    elseif block and line:find("%*/") then
      add(block, start, lines[i + 1])
      block = nil
    elseif block then
      block[#block + 1] = line
    end
  end
end

local function blocks_of_lua(lines, add)
  local block, start
  for i, line in ipairs(lines) do
    local first, next_line = line:match("^%s*%-%-%- ?(.*)"), line:match("^%s*%-%- ?(.*)")
    if first then
      block, start = { first }, i
    elseif block and next_line then
      block[#block + 1] = next_line
    elseif block then
      add(block, start, line)
      block = nil
    end
  end
end

-- }}

-- {{ Reading one

-- "@tag rest" with the lines that go on with it; what stands before all tags is tagged "text".
local function split_tags(block)
  local tags = { { tag = "text", text = "" } }
  for _, line in ipairs(block) do
    local tag, rest = line:match("^%s*@(%S+)%s*(.*)")
    if tag then
      tags[#tags + 1] = { tag = tag, text = rest }
    else
      local last = tags[#tags]
      local gap = last.tag == "usage" and "\n" or " "
      last.text = last.text == "" and line or last.text .. gap .. line:match("^%s*(.*)")
    end
  end
  return tags
end

-- "tparam[opt=3]" is a tparam that may be left out, whose default is "3".
local function split_modifier(tag)
  local name, modifier = tag:match("^(%a+)%[(.-)%]$")
  if not name then return tag end
  local optional, default = modifier:match("^(opt)=?(.*)$")
  return name, optional ~= nil, default ~= "" and default or nil
end

local function argument(text, typed, optional, default)
  local kind = "any"
  if typed then kind, text = text:match("^(%S+)%s*(.*)$") end
  local name, rest = text:match("^(%S+)%s*(.*)$")
  return { type = kind, name = name, text = rest, optional = optional, default = default }
end

local function result(text, typed)
  if not typed then return { type = "any", text = text } end
  local kind, rest = text:match("^(%S+)%s*(.*)$")
  return { type = kind, text = rest }
end

local function new_entry(file, line, kind, name)
  local folder = file:match("^src/(%a+)/")
  local module = MODULES[file] or FOLDERS[folder] or "pysocket"
  local own = module:match("[^.]+$") .. "."
  if name:sub(1, #own) == own then name = name:sub(#own + 1) end
  return {
    file = file,
    line = line,
    module = module,
    kind = kind,
    name = name,
    text = "",
    params = {},
    returns = {},
    fields = {},
    operators = {},
  }
end

local readers = {}

function readers.tparam(entry, text, optional, default)
  table.insert(entry.params, argument(text, true, optional, default))
end

function readers.param(entry, text, optional, default)
  table.insert(entry.params, argument(text, false, optional, default))
end

function readers.tfield(entry, text) table.insert(entry.fields, argument(text, true)) end

function readers.treturn(entry, text) table.insert(entry.returns, result(text, true)) end

readers["return"] = function(entry, text) table.insert(entry.returns, result(text, false)) end

readers["local"] = function(entry) entry.private = true end

function readers.constructor(entry) entry.constructor = true end

function readers.async(entry) entry.async = true end

function readers.operator(entry, text) table.insert(entry.operators, text) end

for _, name in ipairs({ "raise", "see", "usage" }) do
  readers[name] = function(entry, text) entry[name] = text end
end

local starters = {}

function starters.class(file, line, text)
  local name, rest = text:match("^(%S+)%s*(.*)$")
  local base, more = rest:match("^:%s*(%S+)%s*(.*)$")
  local entry = new_entry(file, line, "class", name)
  entry.base, entry.text = base, more or rest
  return entry
end

function starters.value(file, line, text)
  local kind, name, rest = text:match("^(%S+)%s+(%S+)%s*(.*)$")
  local entry = new_entry(file, line, "value", name)
  entry.type, entry.text = kind, rest
  return entry
end

starters["function"] = function(file, line, text)
  return new_entry(file, line, "function", text)
end

local function fail(file, line, message)
  error(("%s:%d: %s"):format(file, line, message), 0)
end

-- What stands before all tags is of the function, if there is one, or of the class that comes
-- first, or else of them all.
local function place_text(made, text)
  if text == "" then return end
  local target = made[1]
  for _, entry in ipairs(made) do
    if entry.kind == "function" then
      target = entry
      break
    end
  end
  if target.kind == "value" then
    target.intro = text
  else
    target.text = text .. (target.text ~= "" and " " or "") .. target.text
  end
end

-- What a comment defines: nothing if that is not for users' eyes at all.
local function read_block(file, block, line, code)
  local made, text = {}, nil
  for _, tag in ipairs(split_tags(block)) do
    local name, optional, default = split_modifier(tag.tag)
    local entry = made[#made]
    if name == "text" then
      text = tag.text
    elseif starters[name] then
      made[#made + 1] = starters[name](file, line, tag.text)
    elseif not readers[name] then
      fail(file, line, "unknown tag @" .. name)
    elseif entry then
      readers[name](entry, tag.text, optional, default)
    end
  end
  if made[1] then place_text(made, text) end
  for _, entry in ipairs(made) do entry.code = code end
  return made
end

-- }}

local function run(command)
  local output <close> = assert(io.popen(command))
  return output:read("a")
end

--- All that is documented for users, in the order of the files and of their lines.
-- @treturn table entries: `module`, `kind` ("function", "class", "value"), `name` ("recv",
-- "socket:recv"), `text`, `params`, `returns`, `raise`, `see`, `usage`, `fields`, `base`, `code`
function comments.read()
  local entries = {}
  local names = run("find src lua/pysocket -name '*.c' -o -name '*.lua' | LC_ALL=C sort")
  for file in names:gmatch("[^\n]+") do
    local blocks = file:find("%.c$") and blocks_of_c or blocks_of_lua
    blocks(lines_of(file), function(block, line, code)
      table.move(read_block(file, block, line, code), 1, #block, #entries + 1, entries)
    end)
  end
  local public = {}
  for _, entry in ipairs(entries) do
    if not entry.private then public[#public + 1] = entry end
  end
  return public
end

--- The class and the name of a method, or nil.
function comments.method(entry)
  return entry.name:match("^([%w_]+):([%w_]+)$")
end

return comments
