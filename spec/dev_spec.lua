-- The command at the root of the tree, as users call it.

local fixture = require "spec.fixture"

-- Runs a program under ./dev run, with words for env; its output.
local function run(text, ...)
  local command = {"env", ...}
  table.move({"./dev", "run", fixture.file(text)}, 1, 3, #command + 1, command)
  return fixture.command(command):succeed()
end

describe("./dev run", function()
  local path_variable, cpath_variable = fixture.lua_variable("LUA_PATH"), fixture.lua_variable("LUA_CPATH")
  local folder

  -- A module of the user's, and a file by the name of one of ours.
  before_each(function()
    folder = fixture.folder()
    for _, name in ipairs({"mine", "pysocket"}) do
      local f <close> = assert(io.open(folder .. "/" .. name .. ".lua", "w"))
      f:write("return \"the user's\"\n")
    end
  end)

  for _, variable in ipairs({"LUA_PATH", path_variable}) do
    it("finds the modules of the user's " .. variable .. " behind the library", function()
      local path = ("%s=%s/?.lua"):format(variable, folder)
      assert.equal("table\tthe user's\n", run("print(type(require 'pysocket'), (require 'mine'))", "-u", path_variable, path))
    end)
  end

  for _, variable in ipairs({"LUA_CPATH", cpath_variable}) do
    it("finds the modules of the user's " .. variable .. " behind the library", function()
      local program = "require 'pysocket' print(package.searchpath('mine', package.cpath))"
      local path = ("%s=%s/?.lua"):format(variable, folder)
      assert.equal(folder .. "/mine.lua\n", run(program, "-u", cpath_variable, path))
    end)
  end

  it("finds what is installed where no variable says anything", function()
    local paths = "print(package.path:match('[^;]*$'), package.cpath:match('[^;]*$'))"
    assert.equal("./?/init.lua\t./?.so\n", run(paths, "-u", "LUA_PATH", "-u", "LUA_CPATH", "-u", path_variable, "-u", cpath_variable))
  end)
end)

describe("./dev test", function()
  it("asks, where there are no packages of Debian's, for no program that specs can do without", function()
    fixture.need_command("apt-get")
    local folder = fixture.path()
    fixture.defer(os.execute, "rm -r " .. folder)
    assert(os.execute(("mkdir %s && cp -rs /usr/bin/. %s/ && rm -f %s/apt-get %s/strace"):format(folder, folder, folder, folder)))
    local child = fixture.command({"env", "-u", "PYSOCKET_TALLY", "PATH=" .. folder, "./dev", "test", "--version"})
    assert.matches("^%d+%.%d+", child:rest())
    assert.equal("", child:errors())
  end)
end)
