-- Says what of Python 3.15's interface (spec/api.tsv) is missing here, and what is here but not
-- documented. What this system's headers do not have cannot be here: that is asked of the compiler.

local root = arg[0]:match("^(.*)/tools/[^/]*$") or "."
package.path = root .. "/tools/?.lua;" .. package.path

local comments = require "comments"
local headers = require "headers"
local interface = require "interface"
local socket = require "pysocket"

-- {{ What is here

local modules <const> = {
  ["pysocket"] = socket,
  ["pysocket.select"] = require "pysocket.select",
  ["pysocket.selectors"] = require "pysocket.selectors",
  ["pysocket.loop"] = require "pysocket.loop",
}

-- The classes whose objects users hold, by the name they have in doc comments. Of an open one the
-- methods without a doc comment are our own.
local function classes()
  local select, selectors = modules["pysocket.select"], modules["pysocket.selectors"]
  return {
    { "pysocket", "socket", socket.socket },
    { "pysocket", "file", require("pysocket.file.stream").File },
    { "pysocket", "SocketIO", socket.SocketIO },
    { "pysocket", "bytearray", getmetatable(socket.bytearray(0)) },
    { "pysocket.select", "epoll", select.epoll },
    { "pysocket.select", "kqueue", select.kqueue },
    { "pysocket.select", "poll", getmetatable(select.poll()), open = true },
    { "pysocket.selectors", "selector", selectors.BaseSelector },
    { "pysocket.loop", "loop", modules["pysocket.loop"].Loop, open = true },
    { "pysocket.loop", "task", require("pysocket.core").Task },
    { "pysocket.loop", "group", modules["pysocket.loop"].Group },
    { "pysocket.loop", "queue", modules["pysocket.loop"].Queue },
    { "pysocket.loop", "server", modules["pysocket.loop"].Server },
    { "pysocket.loop", "semaphore", modules["pysocket.loop"].Semaphore },
    { "pysocket.loop", "lock", modules["pysocket.loop"].Lock },
    { "pysocket.loop", "event", modules["pysocket.loop"].Event },
    { "pysocket.loop", "condition", modules["pysocket.loop"].Condition },
  }
end

-- }}

-- {{ The report

local report = {
  here = 0,
  missing = {},
  undocumented = {},
  unknown = {},
  signatures = {},
  absent = {}, -- by reason
}

local function put(list, ...) list[#list + 1] = table.concat({ ... }) end

local function put_absent(reason, name)
  report.absent[reason] = report.absent[reason] or {}
  put(report.absent[reason], name)
end

-- Why a name that is not here is not, or nil: then it is missing.
local function excuse(entry, known)
  if interface.PYTHON_ONLY[entry.name] then return interface.PYTHON_ONLY[entry.name] end
  if entry.kind ~= "constant" then return not entry.linux and "other systems have it" or nil end
  if known[entry.name] then return nil end
  if not entry.linux then return "other systems have it" end
  return "the headers of this system do not have it"
end

local function check_presence(api)
  local away, constants = {}, {}
  for _, entry in ipairs(api) do
    if interface.is_here(entry) then
      report.here = report.here + 1
    else
      away[#away + 1] = entry
      if entry.kind == "constant" then constants[#constants + 1] = entry end
    end
  end
  local known = headers.known(constants, "cc", "#define _GNU_SOURCE", "linux")
  for _, entry in ipairs(away) do
    local reason = excuse(entry, known)
    if reason then
      put_absent(reason, entry.name)
    else
      put(report.missing, entry.name, " (", entry.platforms, ")")
    end
  end
end

-- By module and name.
local function index(entries)
  local documented = {}
  for _, entry in ipairs(entries) do documented[entry.module .. "." .. entry.name] = entry end
  return documented
end

local function is_constant(name, value)
  return name:find("^%u[%u%d_]*") and (math.type(value) == "integer" or type(value) == "string")
end

local function check_documented(documented, api)
  local listed = {}
  for _, entry in ipairs(api) do listed[entry.name] = true end
  for module, names in pairs(modules) do
    for name, value in pairs(names) do
      local described = documented[module .. "." .. name]
      if is_constant(name, value) then
        described = described or listed[name] or module == "pysocket.select"
      end
      if not described then put(report.undocumented, module, ".", name) end
    end
  end
  for _, class in ipairs(classes()) do
    local module, name, methods = table.unpack(class)
    for method, value in pairs(methods or {}) do
      local place = ("%s.%s"):format(module, name)
      local described = documented[place .. ":" .. method] or documented[place .. "." .. method]
      if type(value) == "function" and method:find("^%l") and not described and not class.open then
        put(report.undocumented, place .. ":" .. method)
      end
    end
  end
end

-- What some systems have.
local ELSEWHERE <const> = {
  epoll = true,
  EpollSelector = true,
  kqueue = true,
  kevent = true,
  KqueueSelector = true,
  fromshare = true,
  ["socket:ioctl"] = true,
  ["socket:share"] = true,
}

-- What is documented has to be there.
local function check_real(entries)
  for _, entry in ipairs(entries) do
    local names = modules[entry.module]
    local plain = entry.name:find("^[%w_]+$")
    if names and plain and entry.kind ~= "class" and names[entry.name] == nil then
      if not ELSEWHERE[entry.name] then
        put(report.unknown, entry.module, ".", entry.name, " (", entry.file, ")")
      end
    end
  end
  for _, class in ipairs(classes()) do
    for _, entry in ipairs(entries) do
      local owner, method = comments.method(entry)
      local ours = entry.module == class[1] and owner == class[2]
      if ours and class[3] and class[3][method] == nil and not ELSEWHERE[entry.name] then
        put(report.unknown, entry.module, ".", entry.name, " (", entry.file, ")")
      end
    end
  end
end

-- }}

-- {{ Signatures

-- The names of Python's arguments, as far as they may be given by position.
local function python_names(signature)
  local names = {}
  local inside = signature:match("^[%w_]+%((.-)%)") or ""
  inside = inside:gsub("%*.*$", ""):gsub("[%[%]]", "")
  for name in inside:gmatch("[^,%s][^,]*") do
    names[#names + 1] = name:match("^[%w_]+")
  end
  return names
end

-- Where our names are not Python's, on purpose.
local RENAMED <const> = { bytes = "data", value = "timeout", b = "buffer" }

local function our_names(entry)
  local names = {}
  for _, parameter in ipairs(entry.params) do names[#names + 1] = parameter.name end
  return names
end

local function agree(theirs, ours)
  if ours[1] == "..." then return true end
  for i, name in ipairs(theirs) do
    if ours[i] ~= name and ours[i] ~= RENAMED[name] then return false end
  end
  return true
end

local function check_signature(entry, documented)
  local class, method = entry.name:match("^(.-)%.(.*)$")
  local ours = documented["pysocket." .. (class and class .. ":" .. method or entry.name)]
  if not ours or not entry.signature:find("%(") then return end
  local here = our_names(ours)
  for form in (entry.signature .. " | "):gmatch("(.-) | ") do
    if form:find("%(") and agree(python_names(form), here) then return end
  end
  local text = "%s: Python's is %s, ours is (%s)"
  put(report.signatures, text:format(entry.name, entry.signature, table.concat(here, ", ")))
end

-- }}

local function print_list(title, list)
  if #list == 0 then return end
  table.sort(list)
  print(("%s (%d):"):format(title, #list))
  for _, line in ipairs(list) do print("  " .. line) end
end

-- Words in lines of at most 100 columns.
local function print_wrapped(words)
  local line = " "
  for _, word in ipairs(words) do
    if #line + #word + 1 > 100 then
      print(line)
      line = " "
    end
    line = line .. " " .. word
  end
  print(line)
end

local function print_absent()
  local reasons, count = {}, 0
  for reason, names in pairs(report.absent) do
    reasons[#reasons + 1] = reason
    count = count + #names
  end
  table.sort(reasons)
  for _, reason in ipairs(reasons) do
    local names = report.absent[reason]
    table.sort(names)
    print(("Absent (%s; %d):"):format(reason, #names))
    print_wrapped(names)
  end
  return count
end

local entries = comments.read()
local api = interface.read()
local documented = index(entries)
check_presence(api)
check_documented(documented, api)
check_real(entries)
for _, entry in ipairs(api) do
  if entry.kind == "function" or entry.kind == "method" then check_signature(entry, documented) end
end

local absent = print_absent()
print_list("Missing", report.missing)
print_list("Without a doc comment", report.undocumented)
print_list("Documented, but not there", report.unknown)
print_list("Arguments that differ from Python's", report.signatures)
local wrong = #report.missing + #report.undocumented
wrong = wrong + #report.unknown + #report.signatures
local summary = "%d of Python's %d names are here, %d absent by design, %d missing; %d are documented"
print(summary:format(report.here, #api, absent, #report.missing, #entries))
os.exit(wrong == 0)
