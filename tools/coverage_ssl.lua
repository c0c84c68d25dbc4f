-- Says what of the interface of Python 3.15's ssl (spec/ssl.tsv) is missing in pysocket.ssl, what has
-- another value or other arguments, and what is here but not documented.

local root = arg[0]:match("^(.*)/tools/[^/]*$") or "."
package.path = root .. "/tools/?.lua;" .. package.path

local comments = require "comments"
local socket = require "pysocket"
local ssl = require "pysocket.ssl"

-- {{ What is absent on purpose, and why

local NPN <const> = "NPN, which ALPN has replaced; browsers and OpenSSL's servers speak it no more"
local COMPRESSION <const> = "compression, by whose length a listener guesses secrets (CRIME)"
local CLASSES <const> = "a class to inherit from: here methods are added to SSLSocket itself"
local NEWER <const> = "OpenSSL before version 3.5 cannot tell"

local ABSENT <const> = {
  ["SSLContext.set_npn_protocols"] = NPN,
  ["SSLObject.selected_npn_protocol"] = NPN,
  ["SSLSocket.selected_npn_protocol"] = NPN,
  ["SSLObject.compression"] = COMPRESSION,
  ["SSLSocket.compression"] = COMPRESSION,
  ["SSLContext.sslobject_class"] = CLASSES,
  ["SSLContext.sslsocket_class"] = CLASSES,
}

if ssl.OPENSSL_VERSION_NUMBER < 0x30500000 then
  for _, class in ipairs({ "SSLObject", "SSLSocket" }) do
    ABSENT[class .. ".client_sigalg"] = NEWER
    ABSENT[class .. ".server_sigalg"] = NEWER
  end
  ABSENT["SSLContext.get_groups"] = NEWER
  ABSENT.get_sigalgs = NEWER
end

-- What the library that is loaded decides.
local VARIES <const> = { OPENSSL_VERSION = true, OPENSSL_VERSION_INFO = true, OPENSSL_VERSION_NUMBER = true }

-- Where our arguments are not Python's, on purpose: they have the names that they have in sockets.
local RENAMED <const> = { addr = "address", buflen = "bufsize" }

-- }}

-- {{ What is here

-- An object of each class whose fields users see.
local function objects()
  local context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
  local bio = ssl.MemoryBIO()
  return {
    SSLContext = context,
    SSLSocket = context:wrap_socket(socket.socket(), true),
    SSLObject = context:wrap_bio(bio, bio, true),
    MemoryBIO = bio,
    DefaultVerifyPaths = ssl.get_default_verify_paths(),
  }
end

local OBJECTS <const> = objects()

-- The fields of a class by their names, with their types.
local function documented_fields(entries, class)
  local fields = {}
  for _, entry in ipairs(entries) do
    if entry.kind == "class" and (entry.name == class or entry.name == "socket") then
      for _, field in ipairs(entry.fields) do fields[field.name] = field.type end
    end
  end
  return fields
end

-- A field may be nil where its doc comment says so; SSLSession has no constructor.
local function has_attribute(entries, class, name)
  local object = OBJECTS[class]
  if object and object[name] ~= nil then return true end
  local kind = documented_fields(entries, class)[name]
  return kind ~= nil and (not object or kind:sub(1, 1) == "?")
end

local function is_here(entries, entry)
  local class, name = entry.name:match("^(.-)%.(.*)$")
  if entry.kind == "attribute" then return has_attribute(entries, class, name) end
  if entry.kind == "method" then return ssl[class][name] ~= nil end
  return ssl[entry.name] ~= nil
end

local function read_api()
  local list = {}
  for line in io.lines("spec/ssl.tsv") do
    local kind, name, signature = line:match("^([^\t]*)\t([^\t]*)\t?([^\t]*)$")
    if kind ~= "kind" then list[#list + 1] = { kind = kind, name = name, signature = signature } end
  end
  return list
end

-- }}

-- {{ Values and arguments

local function value_of(entry)
  local value = ssl[entry.name]
  if entry.signature:find("^'") then return ("'%s'"):format(value) end
  if type(value) == "boolean" then return value and "1" or "0" end
  return tostring(value)
end

-- The names of Python's arguments, as far as they may be given by position.
local function python_names(signature)
  local names = {}
  local inside = signature:gsub("<.->", "DEFAULT"):match("^%((.-)%)$") or ""
  for argument in inside:gsub("%*.*$", ""):gmatch("[^,%s][^,]*") do
    local name = argument:match("^[%w_]+")
    if name and name ~= "self" then names[#names + 1] = name end
  end
  return names
end

local function find_entry(documented, name)
  local class, method = name:match("^(.-)%.(.*)$")
  if not class then return documented[name] end
  return documented[class .. ":" .. method]
    or class == "SSLObject" and documented["SSLSocket:" .. method]
    or documented["socket:" .. method]
end

local function differs(entry, ours)
  for i, name in ipairs(python_names(entry.signature)) do
    local here = ours.params[i] and ours.params[i].name
    if here ~= name and here ~= RENAMED[name] then return true end
  end
  return false
end

-- }}

local report = { missing = {}, values = {}, undocumented = {}, signatures = {}, absent = {} }

local function check(entries, documented, entry)
  if not is_here(entries, entry) then
    local reason = ABSENT[entry.name]
    if not reason then return table.insert(report.missing, entry.kind .. " " .. entry.name) end
    report.absent[reason] = report.absent[reason] or {}
    return table.insert(report.absent[reason], entry.name)
  end
  local callable = entry.kind == "function" or entry.kind == "method"
  local ours = callable and find_entry(documented, entry.name) or documented[entry.name]
  local own = ours and ours.module == "pysocket.ssl" -- the others are Python's socket's
  if callable and own and entry.signature:find("^%(") and differs(entry, ours) then
    table.insert(report.signatures, entry.name .. entry.signature)
  elseif not ours and entry.kind ~= "attribute" then
    table.insert(report.undocumented, entry.name)
  elseif entry.kind == "constant" and not VARIES[entry.name] and value_of(entry) ~= entry.signature then
    local text = ("%s is %s, in Python %s"):format(entry.name, value_of(entry), entry.signature)
    table.insert(report.values, text)
  end
end

local function print_list(title, list)
  if #list == 0 then return end
  table.sort(list)
  print(("%s (%d):\n  %s"):format(title, #list, table.concat(list, "\n  ")))
end

local entries, documented = comments.read(), {}
for _, entry in ipairs(entries) do
  if entry.module == "pysocket.ssl" or not documented[entry.name] then documented[entry.name] = entry end
end
local api = read_api()
for _, entry in ipairs(api) do check(entries, documented, entry) end
for name in pairs(ssl) do
  if not documented[name] then table.insert(report.undocumented, name) end
end

local absent = 0
for reason, names in pairs(report.absent) do
  print_list(("Absent: %s"):format(reason), names)
  absent = absent + #names
end
print_list("Missing", report.missing)
print_list("Values that differ from Python's", report.values)
print_list("Without a doc comment", report.undocumented)
print_list("Arguments that differ from Python's", report.signatures)
local summary = "%d of Python's %d names of ssl are here, %d absent by design, %d missing"
print(summary:format(#api - absent - #report.missing, #api, absent, #report.missing))
os.exit(#report.missing + #report.values + #report.undocumented + #report.signatures == 0)
