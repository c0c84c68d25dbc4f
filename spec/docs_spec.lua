-- The programs in README.md and docs/*.md: each runs, and prints what it says behind `-->`. Those
-- after a line `<!-- goes on -->` belong to the one before them.

local fixture = require "spec.fixture"

local function read(path)
  local f <close> = assert(io.open(path))
  return f:read("a")
end

local function lines_of(command)
  local lines = {}
  local output <close> = assert(io.popen(command))
  for line in output:lines() do lines[#lines + 1] = line end
  return lines
end

local documents = lines_of("ls README.md docs/*.md")

-- The blocks of a language in a text, with the line where each begins.
local function blocks(text, language)
  local list = {}
  local lines, number, goes_on, block = {}, 0, false, nil
  for line in (text .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    if block and line:find("^```") then
      block.code = block.code .. table.concat(lines, "\n") .. "\n"
      block, goes_on = nil, false
    elseif block then
      lines[#lines + 1] = line
    elseif line == "<!-- goes on -->" then
      goes_on = true
    elseif line == "```" .. language then
      block, lines = goes_on and list[#list] or {line = number, code = ""}, {}
      if not goes_on then list[#list + 1] = block end
    end
  end
  return list
end

-- What a program says that it prints.
local function expected(code)
  local lines = {}
  for text in code:gmatch("%-%->%s?([^\n]*)") do lines[#lines + 1] = text end
  return lines
end

-- "..." stands for anything.
local function matches(pattern, line)
  pattern = pattern:gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.", ".*")
  return line ~= nil and line:find("^" .. pattern .. "$") ~= nil
end

-- Runs a program as "snippet.lua", in a folder of its own; its output by lines.
local function run(code)
  local directory = fixture.path()
  assert(os.execute("mkdir " .. directory))
  fixture.defer(os.execute, "rm -rf " .. directory)
  local f <close> = assert(io.open(directory .. "/snippet.lua", "w"))
  f:write(code)
  f:close()
  local command = fixture.interpreted("snippet.lua")
  command.folder = directory
  local child = fixture.command(command)
  local output = child:rest()
  if child:errors():find("built without TLS", 1, true) then fixture.lacking("this build has no TLS") end
  assert.equal(0, child:wait(), child:errors())
  local lines = {}
  for line in output:gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

local function check(code)
  local wanted, printed = expected(code), run(code)
  for i, line in ipairs(wanted) do
    if not matches(line, printed[i]) then assert.equal(line, printed[i]) end
  end
  assert.equal(#wanted, #printed, "it prints more than it says: " .. tostring(printed[#wanted + 1]))
end

for _, path in ipairs(documents) do
  local text = read(path)

  describe(path, function()
    for _, block in ipairs(blocks(text, "lua")) do
      it(("has a program at line %d that does what it says"):format(block.line), function()
        check(block.code)
      end)
    end

    for _, block in ipairs(blocks(text, "c")) do
      it(("has C at line %d that compiles"):format(block.line), function()
        fixture.need_command("cc", "pkg-config")
        local source = fixture.path() .. ".c"
        fixture.defer(os.remove, source)
        local f <close> = assert(io.open(source, "w"))
        f:write(block.code)
        f:close()
        local command = "cc -fsyntax-only -Wall -Wextra -Werror -Isrc %s %s"
        local child = fixture.command({"sh", "-c", command:format(fixture.lua_flags("--cflags"), source)})
        assert.equal(0, child:wait(), child:errors())
      end)
    end

    it("names commands and files that are there", function()
      for command in text:gmatch("%./dev (%l+)") do
        local known = read("dev"):find("\n  " .. command .. ")", 1, true)
        assert.is_truthy(known or io.open("tools/" .. command .. ".sh"), "./dev " .. command)
      end
      for _, folder in ipairs({"examples", "src", "docs", "spec", "tools", "types", "lua"}) do
        for name in text:gmatch("[`(](" .. folder .. "/[%w_/.-]*)[`)]") do
          assert.is_truthy(io.open(name), name)
        end
      end
    end)
  end)
end

describe("the usage lines of doc comments", function()
  it("are Lua", function()
    package.path = "tools/?.lua;" .. package.path
    for _, entry in ipairs(require("comments").read()) do
      if entry.usage then assert(load(entry.usage, entry.name)) end
    end
  end)
end)

describe("the manual", function()
  it("can be made, and its links lead somewhere", function()
    fixture.need_command("cmark-gfm")
    local child = fixture.program("tools/manual.lua")
    child:rest()
    assert.equal(0, child:wait(), child:errors())
  end)
end)
