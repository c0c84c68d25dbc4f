-- The programs in README.md, docs/*.md and the man page: each runs, and prints what it says behind `-->`. A line above a program
-- may say more:
-- `<!-- goes on -->`: the program continues the one before it;
-- `<!-- beside the next -->`: it is a client, and the next program its server; the port 8080 stands for a free one;
-- `<!-- of a web server -->`: www.example.org, port 443, stands for examples/https_server.lua.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local socket = require "pysocket"

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

local POSIX <const> = package.config:sub(1, 1) == "/"

-- A program in a folder of its own finds the library by a path of POSIX, which names no disk.
local documents = POSIX and lines_of("ls README.md docs/*.md") or {}

if not POSIX then
  it("has programs that do what they say", function() fixture.need_posix("its paths begin with the name of a disk") end)
end

-- The blocks of a language in a text, each with the heading of its section, the line where it begins and the note above it.
local function blocks(text, language)
  local list = {}
  local lines, number, heading, note, block = {}, 0, nil, nil, nil
  for line in (text .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    if block and line:find("^```") then
      block.code = block.code .. table.concat(lines, "\n") .. "\n"
      block, note = nil, nil
    elseif block then
      lines[#lines + 1] = line
    elseif line:find("^#") then
      heading = line:match("^#+ (.*)")
    elseif line:find("^<!%-%-") then
      note = line:match("^<!%-%- (.*) %-%->$")
    elseif line == "```" .. language then
      local goes_on = note == "goes on"
      block, lines = goes_on and list[#list] or {heading = heading, line = number, code = "", note = note}, {}
      if not goes_on then list[#list + 1] = block end
    elseif line:find("^```") then
      block = {code = ""} -- of another language
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

-- Starts a program as "snippet.lua", in a folder of its own, with a variable of the environment.
local function start(code, variable)
  local directory = fixture.folder()
  local f <close> = assert(io.open(directory .. "/snippet.lua", "w"))
  f:write(code)
  f:close()
  local command = fixture.interpreted("snippet.lua")
  command.folder = directory
  if variable then table.move({"env", variable, table.unpack(command)}, 1, #command + 2, 1, command) end
  return fixture.command(command)
end

-- Runs a program to its end; its output by lines.
local function run(code, variable)
  local child = start(code, variable)
  local output = child:rest()
  if child:errors():find("built without TLS", 1, true) then fixture.lacking("this build has no TLS") end
  assert.equal(0, child:wait(), child:errors())
  local lines = {}
  for line in output:gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

local function check(code, variable)
  local wanted, printed = expected(code), run(code, variable)
  for i, line in ipairs(wanted) do
    if not matches(line, printed[i]) then assert.equal(line, printed[i]) end
  end
  assert.equal(#wanted, #printed, "it prints more than it says: " .. tostring(printed[#wanted + 1]))
end

-- A port that nobody else gets: a socket is bound to it and does not listen, and a server with SO_REUSEADDR may share it.
local function reserve()
  local s = fixture.keep(socket.socket())
  s:setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
  s:bind({"127.0.0.1", 0})
  return s:getsockname().port
end

local function await(port)
  local connect = socket.protect(socket.create_connection)
  local s
  repeat s = connect({"127.0.0.1", port}, 1) until s
  s:close()
end

local function check_pair(client, server)
  local port = reserve()
  local child = start((server:gsub("8080", port)))
  await(port)
  check((client:gsub("8080", port)))
  child:signal("TERM")
end

-- The server's authority is that of the client's system.
local function check_web_client(code)
  local server = fixture.program("examples/https_server.lua", certificates.file("localhost.pem"),
    certificates.file("localhost.key"), "127.0.0.1", "0")
  local port = (server:line() or ""):match("%d+$")
  if not port and server:errors():find("built without TLS", 1, true) then fixture.lacking("this build has no TLS") end
  check((code:gsub('"www.example.org", 443', '"localhost", ' .. port)), "SSL_CERT_FILE=" .. certificates.file("authority.pem"))
end

-- What a function of C is called by, where it is no program of its own.
local MAIN <const> = [[
#include <lualib.h>
int main(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  %s(L);
  return luaL_dostring(L, "print(require('pysocket').gethostname())");
}
]]

-- Compiles a program with the archive of this build and runs it; it prints the name of the host.
local function run_c(code)
  fixture.need_command("cc", "pkg-config")
  if not code:find("int main(", 1, true) then code = code .. MAIN:format(code:match("void ([%w_]+)%(lua_State")) end
  local source, program = fixture.path() .. ".c", fixture.path()
  fixture.defer(os.remove, source)
  local f <close> = assert(io.open(source, "w"))
  f:write(code)
  f:close()
  local archive = package.searchpath("pysocket.core", package.cpath):gsub("[^/]*$", "libpysocket.a")
  local line = "cc -Wall -Wextra -Werror %s -Isrc %s -o %s %s %s %s -lpthread -lm && %s"
  local sanitizers = fixture.SANITIZED and "-fsanitize=address,undefined" or ""
  local child = fixture.command({"sh", "-c", line:format(sanitizers, fixture.lua_flags("--cflags"), program, source, archive,
    fixture.lua_flags("--libs"), program)})
  local output = child:rest()
  assert.equal(0, child:wait(), child:errors())
  assert.equal("", child:errors())
  assert.equal(socket.gethostname() .. "\n", output)
end

teardown(certificates.remove)

for _, path in ipairs(documents) do
  local text = read(path)

  describe(path, function()
    local programs = blocks(text, "lua")
    for i, block in ipairs(programs) do
      local before = programs[i - 1]
      if not (before and before.note == "beside the next") then
        it(("has a program in %q, at line %d, that does what it says"):format(block.heading, block.line), function()
          if block.note == "beside the next" then
            check_pair(block.code, programs[i + 1].code)
          elseif block.note == "of a web server" then
            check_web_client(block.code)
          else
            check(block.code)
          end
        end)
      end
    end

    for _, block in ipairs(blocks(text, "c")) do
      it(("has C in %q, at line %d, that runs in a program with the archive"):format(block.heading, block.line), function()
        run_c(block.code)
      end)
    end

    for _, block in ipairs(blocks(text, "json")) do
      it(("has JSON in %q, at line %d, of an installed folder"):format(block.heading, block.line), function()
        fixture.need_command("python3")
        local child = fixture.command({"python3", "-m", "json.tool", fixture.file(block.code)})
        child:rest()
        assert.equal(0, child:wait(), child:errors())
        local folder = block.code:match('"/usr/local/share/([^"]*)/types"')
        assert.matches("install_subdir('types', install_dir: get_option('datadir') / '" .. folder .. "')", read("meson.build"), 1, true)
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

describe("the man page", function()
  local PAGE <const> = "docs/pysocket.3lua"

  it("has programs that do what they say", function()
    fixture.need_posix("its paths begin with the name of a disk")
    local count = 0
    for block in read(PAGE):gmatch("\n%.EX\n(.-)\n%.EE\n") do
      count = count + 1
      check((block:gsub("\\%-", "-"):gsub("\\e", "\\")))
    end
    assert.equal(1, count)
  end)

  it("can be shown without a warning", function()
    fixture.need_command("man")
    local child = fixture.command({"man", "--local-file", "--warnings", PAGE})
    assert.matches("socket.create_server", child:rest(), 1, true)
    assert.equal("", child:errors())
  end)
end)

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
