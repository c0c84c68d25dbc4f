-- Writes the definitions that editors complete and check with (LuaCATS), from the doc comments and
-- the lists of constants. Argument: the folder, by default types.

local root = arg[0]:match("^(.*)/tools/[^/]*$") or "."
package.path = root .. "/tools/?.lua;" .. package.path

local comments = require "comments"

local folder = arg[1] or "types"

-- {{ Types

local PLAIN <const> = {}
for name in ([[any integer number string boolean false table thread nil]]):gmatch("%a+") do
  PLAIN[name] = true
end

-- "socket" in a doc comment is "pysocket.Socket" to an editor.
local function class_name(name)
  return "pysocket." .. name:sub(1, 1):upper() .. name:sub(2)
end

local type_of

-- "function(task:task,name:?string)": what it is called with. Of a result nothing is known.
local function function_type(kind, passed)
  local word, list = kind:match("^(%l+)(.*)$")
  if kind == "function" and not passed then return kind end
  local parameters = {}
  for name, type in list:gmatch("([%w_]+):([^,()]+)") do
    parameters[#parameters + 1] = ("%s: %s"):format(name, type_of(type))
  end
  local all = list == "" and "..." or table.concat(parameters, ", ")
  return ("%sfun(%s)"):format(word == "async" and "async " or "", all)
end

-- A type of a doc comment. What is passed as an address may be a plain table.
function type_of(kind, passed)
  local optional = kind:match("^%?(.*)$")
  local alternatives = {}
  for one in (optional or kind):gmatch("[^|]+") do
    local element, list = one:match("^(.-)(%[%])$")
    local name = element or one
    if passed and name == "address" then name = "anyAddress" end
    local type = PLAIN[name] and name or class_name(name)
    if name:find("^function%f[(\0]") or name:find("^async%f[(\0]") then type = function_type(name, passed) end
    alternatives[#alternatives + 1] = type .. (list or "")
  end
  if optional then alternatives[#alternatives + 1] = "nil" end
  return table.concat(alternatives, "|")
end

-- }}

-- {{ One definition

local function add(lines, ...) lines[#lines + 1] = table.concat({ ... }) end

local function describe(lines, text)
  local line = ""
  for word in text:gmatch("%S+") do
    if #line + #word > 90 then
      add(lines, "---", line)
      line = ""
    end
    line = line == "" and word or line .. " " .. word
  end
  if line ~= "" then add(lines, "---", line) end
end

-- Where there are options, the last argument may be the table of them.
local function takes_options(entry)
  for _, parameter in ipairs(entry.params) do
    if parameter.name == "options" then return true end
  end
  return false
end

local function parameter_type(entry, parameter)
  local kind = type_of(parameter.type, true)
  if parameter.optional and parameter.name ~= "options" and takes_options(entry) then
    return kind .. "|table"
  end
  return kind
end

-- "any..." are several results
local function result_type(result)
  local one = result.type:match("^(.*)%.%.%.$")
  return one and type_of(one) .. " ..." or type_of(result.type)
end

local function parameter_names(entry)
  local names = {}
  for i, parameter in ipairs(entry.params) do names[i] = parameter.name end
  return table.concat(names, ", ")
end

-- How a call is written in which all arguments go by name; nil where the other form says so already.
local function by_name(entry)
  local first = entry.params[1]
  if not takes_options(entry) or first.optional or first.name == "options" then return nil end
  local owner = entry.name:match("^([%w_]+):")
  local results = {}
  for i, result in ipairs(entry.returns) do results[i] = result_type(result) end
  local returned = #results > 0 and ": " .. table.concat(results, ", ") or ""
  return ("fun(%soptions: table)%s"):format(owner and ("self: %s, "):format(class_name(owner)) or "", returned)
end

local function describe_call(lines, entry)
  describe(lines, entry.text)
  for _, parameter in ipairs(entry.params) do
    local name = parameter.name .. (parameter.optional and "?" or "")
    local default = parameter.default and "(" .. parameter.default .. ") " or ""
    local kind = parameter_type(entry, parameter)
    add(lines, ("---@param %s %s %s%s"):format(name, kind, default, parameter.text))
  end
  for _, result in ipairs(entry.returns) do
    local text = result.text ~= "" and " # " .. result.text or ""
    add(lines, "---@return ", result_type(result), text)
  end
  if entry.async then add(lines, "---@async") end
  local overload = by_name(entry)
  if overload then add(lines, "---@overload ", overload) end
end

local function signature(entry)
  local parameters, results = {}, {}
  for i, parameter in ipairs(entry.params) do
    local optional = parameter.optional and "?" or ""
    parameters[i] = ("%s%s: %s"):format(parameter.name, optional, parameter_type(entry, parameter))
  end
  for i, result in ipairs(entry.returns) do results[i] = result_type(result) end
  local returned = #results > 0 and ": " .. table.concat(results, ", ") or ""
  return ("fun(%s)%s"):format(table.concat(parameters, ", "), returned)
end

-- }}

-- {{ Lists of names

-- The names of a list, with whether each is a text.
local function names_of(path)
  local list = {}
  for line in io.lines(path) do
    local name = line:match("^%S+")
    if name then list[#list + 1] = { name = name, text = line:find(" is ", 1, true) ~= nil } end
  end
  return list
end

local function is_event(name) return name:find("^E?POLL") ~= nil end

local function add_constants(lines, of_select)
  for _, constant in ipairs(names_of("src/constants.txt")) do
    if is_event(constant.name) == of_select and constant.name ~= "PIPE_BUF" then
      add(lines, "---@field ", constant.name, constant.text and " string" or " integer")
    end
  end
end

local function errnos()
  local lines = { "---@class pysocket.Errno", "---@field [integer] string" }
  for _, errno in ipairs(names_of("src/errnos.txt")) do
    add(lines, "---@field ", errno.name, " integer")
  end
  return table.concat(lines, "\n")
end

-- }}

-- {{ A module

local function value_type(entry)
  if entry.name == "errno" then return "pysocket.Errno" end
  if entry.type == "table" then return "table<string|integer, string|integer>" end -- enumerations
  return type_of(entry.type)
end

-- What the module's table is called, there and in programs.
local function table_name(module) return (module:match("[^.]+$"):gsub("^py", "")) end

local function identifier(name) return name:sub(1, 1):upper() .. name:sub(2) end

-- The class with its fields, as a local; a constructor makes it callable.
local function add_class(lines, class, constructor)
  add(lines, "")
  describe(lines, class.text)
  add(lines, "---@class ", class_name(class.name), class.base and ": " .. class_name(class.base) or "")
  for _, field in ipairs(class.fields) do
    local kind = type_of(field.type)
    add(lines, "---@field ", field.name, " ", kind, field.text ~= "" and " # " .. field.text or "")
  end
  for _, operator in ipairs(class.operators) do add(lines, "---@operator ", operator) end
  if constructor then add(lines, "---@overload ", signature(constructor)) end
  add(lines, "local ", identifier(class.name), " = {}")
end

local function add_function(lines, entry, place)
  add(lines, "")
  describe_call(lines, entry)
  add(lines, "function ", place, "(", parameter_names(entry), ") end")
end

-- What a module consists of: classes by name, constructors by class, functions, methods, values.
local function sort(entries, module)
  local m = { classes = {}, constructors = {}, functions = {}, methods = {}, values = {} }
  for _, entry in ipairs(entries) do
    if entry.module ~= module then goto next end
    if entry.kind == "class" then table.insert(m.classes, entry)
    elseif entry.kind == "value" then table.insert(m.values, entry)
    elseif entry.constructor then m.constructors[entry.name] = entry
    elseif entry.name:find("[:.]") then table.insert(m.methods, entry)
    else table.insert(m.functions, entry) end
    ::next::
  end
  return m
end

local function module_class(module) return (module:gsub("^pysocket", "pysocket.module")) end

local function add_head(lines, module, m)
  add(lines, "---@meta ", module)
  add(lines, "-- Written by ./dev types from the doc comments in src/ and lua/.")
  add(lines, "")
  if module == "pysocket" then
    local passed = "pysocket.Address|any[]|table<string, any>|string|integer"
    add(lines, "---@alias pysocket.AnyAddress ", passed, "\n\n", errnos(), "\n")
  end
  add(lines, "---@class ", module_class(module))
  for _, value in ipairs(m.values) do
    local text = value.text ~= "" and " # " .. value.text or ""
    add(lines, "---@field ", value.name, " ", value_type(value), text)
  end
  if module == "pysocket" then add_constants(lines, false) end
  if module == "pysocket.select" then add_constants(lines, true) end
  add(lines, "local ", table_name(module), " = {}")
end

local function definitions(entries, module)
  local lines, m, name = {}, sort(entries, module), table_name(module)
  add_head(lines, module, m)
  for _, class in ipairs(m.classes) do
    local constructor = m.constructors[class.name]
    add_class(lines, class, constructor)
    local public = constructor or class.name:find("^%u") or class.base
    if public then add(lines, name, ".", class.name, " = ", identifier(class.name)) end
  end
  for _, entry in ipairs(m.functions) do add_function(lines, entry, name .. "." .. entry.name) end
  for _, entry in ipairs(m.methods) do
    local owner, method = entry.name:match("^([%w_]+)([:.][%w_]+)$")
    add_function(lines, entry, identifier(owner) .. method)
  end
  add(lines, "")
  add(lines, "return ", name)
  return table.concat(lines, "\n"):gsub("[ \t]+\n", "\n") .. "\n"
end

-- }}

local entries = comments.read()
local modules, seen = {}, {}
for _, entry in ipairs(entries) do
  if not seen[entry.module] then
    seen[entry.module] = true
    modules[#modules + 1] = entry.module
  end
end
assert(os.execute("mkdir -p '" .. folder .. "'"))
for _, module in ipairs(modules) do
  local f <close> = assert(io.open(("%s/%s.d.lua"):format(folder, module), "w"))
  f:write(definitions(entries, module))
end
