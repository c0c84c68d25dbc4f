-- types/*.d.lua, which editors read: they are what tools/types.lua makes of the doc comments, and name
-- all that there is. They are Lua, so they can be run and compared with the library.

local core = require "pysocket.core"
local fixture = require "spec.fixture"

local modules <const> = {"pysocket", "pysocket.select", "pysocket.selectors", "pysocket.loop"}
if pcall(require, "pysocket.ssl") then modules[#modules + 1] = "pysocket.ssl" end -- else it was built without TLS

local function read(path)
  local f <close> = assert(io.open(path))
  return f:read("a")
end

local function definition_path(module) return ("types/%s.d.lua"):format(module) end

-- The names that are declared for a module's table as fields.
local function fields(module)
  local names, inside = {}, false
  for line in io.lines(definition_path(module)) do
    if line:find("^%-%-%-@class pysocket%.module") then inside = true end
    local name = inside and line:match("^%-%-%-@field (%S+)")
    if name then names[name] = true end
    if line:find("^local") then inside = false end
  end
  return names
end

-- How many arguments a function of the library takes, where that can be known.
local function arity(f)
  local info = debug.getinfo(f, "Su")
  if info.what == "C" or info.isvararg then return nil end
  return info.nparams
end

local function has_options(f)
  return debug.getlocal(f, debug.getinfo(f, "u").nparams) == "options"
end

-- Functions of a module that take another number of arguments than is declared.
local function mismatches(real, declared)
  local list = {}
  for name, f in pairs(declared) do
    local taken = type(f) == "function" and type(real[name]) == "function" and arity(real[name])
    local said = taken and debug.getinfo(f, "u").nparams
    local vararg = taken and debug.getinfo(f, "u").isvararg
    if taken and not vararg and taken ~= said and not (has_options(f) and taken == said - 1) then
      list[#list + 1] = ("%s: %d, not %d"):format(name, taken, said)
    end
  end
  return table.concat(list, ", ")
end

-- The rows of the operations in C: how many arguments each takes, self included.
local function operations()
  local rows = {}
  for _, file in ipairs(fixture.names("src", "%.c$")) do
    for line in io.lines("src/" .. file) do
      local name, count = line:match('^%s*{"([%w_]+)",%s*(%d+),%s*SYS_')
      if name and file ~= "relay.c" then rows[name] = tonumber(count) end -- its rows are no methods
    end
  end
  return rows
end

-- The parameters that each function and method is declared with: by "class:name", self not among them.
local function declarations()
  local found = {}
  for _, module in ipairs(modules) do
    for line in io.lines(definition_path(module)) do
      local owner, mark, name, list = line:match("^function ([%w_]+)([.:])([%w_]+)%((.*)%)")
      if not owner then owner, mark, name, list = "pysocket", ".", line:match("^function ([%w_]+)%((.*)%)") end
      local parameters = {}
      for parameter in (list or ""):gmatch("[%w_.]+") do parameters[#parameters + 1] = parameter end
      if name then found[owner .. mark .. name] = parameters end
    end
  end
  return found
end

-- Those that Python has, without what is by name alone; nil where the list says nothing of them.
local function pythons_parameters(signature)
  local most
  for list in signature:gmatch("%w%(([^()]*)%)") do
    local parameters = {}
    for parameter in list:gsub("%*.*", ""):gsub("[%[%]]", ","):gmatch("[^,]+") do
      parameters[#parameters + 1] = parameter:match("[%w_.]+")
    end
    if list:find("...", 1, true) then return nil end
    if not most or #parameters > #most then most = parameters end
  end
  return most
end

describe("the definitions for editors", function()
  it("are what ./dev types makes of the doc comments", function()
    fixture.need_posix("the tool calls programs of a POSIX shell")
    local folder = fixture.folder()
    local child = fixture.program("tools/types.lua", folder)
    assert.equal(0, child:wait(), child:errors())
    local seen = {}
    for _, place in ipairs({folder, "types"}) do
      for _, name in ipairs(fixture.names(place, "lua$")) do seen[name] = (seen[name] or 0) + 1 end
    end
    for name, count in pairs(seen) do
      assert.equal(2, count, name .. " is in one folder only: run ./dev types")
      local made, stored = read(folder .. "/" .. name), read("types/" .. name)
      assert.is_true(made == stored, name .. " is stale: run ./dev types")
    end
  end)

  for _, module in ipairs(modules) do
    local real, declared = require(module), dofile(definition_path(module))
    local named = fields(module)

    it("have every name of " .. module, function()
      local missing = {}
      for name in pairs(real) do
        if declared[name] == nil and not named[name] then missing[#missing + 1] = name end
      end
      table.sort(missing)
      assert.equal("", table.concat(missing, " "))
    end)

    it("give the functions of " .. module .. " as many arguments as they take", function()
      assert.equal("", mismatches(real, declared))
    end)
  end

  it("give the methods of the classes in Lua as many arguments as they take", function()
    local loop = require "pysocket.loop"
    local classes = {
      Loop = loop.Loop,
      Task = core.Task,
      Selector = require("pysocket.selectors").BaseSelector,
      File = require("pysocket.file.stream").File,
    }
    local wrong, compared = {}, 0
    for place, parameters in pairs(declarations()) do
      local owner, name = place:match("^(%u%a+):(%a[%w_]*)$")
      local method = classes[owner] and classes[owner][name]
      local taken = method and arity(method)
      if taken then
        compared = compared + 1
        if taken - 1 ~= #parameters then wrong[#wrong + 1] = ("%s: %d, not %d"):format(place, #parameters, taken - 1) end
      end
    end
    table.sort(wrong)
    assert.equal("", table.concat(wrong, "\n"))
    assert.is_true(compared > 15, compared .. " are compared")
  end)

  it("name every method of a task, and of the others that are not shown by pairs", function()
    core.part("task")
    local declared, missing = declarations(), {}
    for name, value in pairs(core.Task) do
      if type(value) == "function" and name:find("^%l") and not declared["Task:" .. name] then missing[#missing + 1] = name end
    end
    assert.equal("", table.concat(missing, " "))
  end)

  it("give functions and methods the parameters that Python's have", function()
    local declared, wrong, compared = declarations(), {}, 0
    for line in io.lines("spec/api.tsv") do
      local kind, name, signature = line:match("^(%a+)\t(%S+)\t([^\t]+)")
      local place = kind == "function" and "socket." .. name or kind == "method" and name:gsub("%.", ":"):gsub("^s", "S")
      local ours, theirs = declared[place or ""], pythons_parameters(signature or "")
      if ours and theirs then
        compared = compared + 1
        local count = #ours - (ours[#ours] == "options" and 1 or 0)
        if count ~= #theirs then wrong[#wrong + 1] = ("%s: %d, not %d"):format(place, count, #theirs) end
      end
    end
    table.sort(wrong)
    assert.equal("", table.concat(wrong, "\n"))
    assert.is_true(compared > 60, compared .. " are compared")
  end)

  it("say of every operation that it may wait", function()
    local waits, async = {}, false
    for line in io.lines("types/pysocket.d.lua") do
      if line == "---@async" then async = true end
      local name = line:match("^function Socket:([%w_]+)")
      if name then waits[name] = async end
      if line == "" then async = false end
    end
    local wrong = {}
    for name in pairs(operations()) do
      if waits[name] == false then wrong[#wrong + 1] = name end
    end
    assert.equal("", table.concat(wrong, " "))
    assert.is_true(waits.recv)
    assert.is_false(waits.fileno)
  end)

  it("give classes names that a program can write", function()
    local wrong = {}
    for _, module in ipairs(modules) do
      for name in read(definition_path(module)):gmatch("%-%-%-@class ([^\n:]+)") do
        if not name:find("^pysocket[%w_.]*[%w_]$") or name:find("..", 1, true) then wrong[#wrong + 1] = name end
      end
    end
    assert.equal("", table.concat(wrong, " "))
  end)

  it("know what a bytearray, an error and the functions of tasks can do", function()
    local plain, loop = read("types/pysocket.d.lua"), read("types/pysocket.loop.d.lua")
    assert.matches("%-%-%-@class pysocket%.Bytearray\n%-%-%-@field %[integer%] integer[^\n]*\n%-%-%-@operator len: integer\n", plain)
    assert.matches("\n%-%-%-@operator concat%(any%): string\n[^\n]*local OSError = {}\n", plain)
    assert.matches("%-%-%-@return any %.%.%. # [^\n]*\n[^f]*function Task:join%(timeout%) end", loop)
    assert.matches("---@param handler async fun(connection: pysocket.Socket, address: pysocket.Address)", loop, 1, true)
  end)

  it("give the methods of sockets as many arguments as they take", function()
    local rows, methods = operations(), dofile("types/pysocket.d.lua").socket
    local wrong, compared = {}, 0
    for name, count in pairs(rows) do
      local method = methods[name]
      local said = method and debug.getinfo(method, "u").nparams
      if method and has_options(method) and count < said then said = said - 1 end
      if method and name ~= "sendmsg_afalg" and name ~= "sendfile" then
        compared = compared + 1
        if said ~= count then wrong[#wrong + 1] = name end
      end
    end
    assert.equal("", table.concat(wrong, " "))
    assert.is_true(compared > 12)
  end)
end)
