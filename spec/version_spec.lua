-- The version is said in several files, and once in each; and the releases of Lua that the library is not for.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local function find(path, pattern)
  local f <close> = assert(io.open(path))
  return f:read("a"):match(pattern)
end

describe("the version", function()
  it("has three numbers", function()
    assert.matches("^%d+%.%d+%.%d+$", socket._VERSION)
  end)

  it("is that of the header", function()
    assert.equal(socket._VERSION, find("src/pysocket.h", '\n#define PYSOCKET_VERSION "([^"]*)"'))
  end)

  it("is that of the build", function()
    assert.equal(socket._VERSION, find("meson.build", "version: '([^']*)'"))
  end)

  it("is that of the man page", function()
    assert.equal(socket._VERSION, find("docs/pysocket.3lua", '^%.TH [^\n]*"pysocket ([^"]*)"'))
  end)

  it("is that of Debian's packages, behind which Debian's revision stands", function()
    assert.equal(socket._VERSION, find("debian/changelog", "^lua%-pysocket %(([%d.]*)%-%d+%)"))
  end)

  it("is the tag that the wrap for Meson fetches", function()
    assert.equal("v" .. socket._VERSION, find("examples/host/subprojects/pysocket.wrap", "\nrevision = (%S+)"))
  end)

  it("is the first in the list of changes", function()
    assert.equal(socket._VERSION, find("CHANGELOG.md", "\n## ([%d.]+)"))
  end)

  it("is that of the rockspec, but for one of the source tree", function()
    local paths = fixture.names(".", "%.rockspec$")
    for _, name in ipairs(fixture.names("rocks", "%.rockspec$")) do paths[#paths + 1] = "rocks/" .. name end
    assert.is_true(#paths > 1)
    for _, path in ipairs(paths) do
      local rock = {}
      assert(loadfile(path, "t", rock))()
      assert.equal(path:match("[^/]*$"), ("%s-%s.rockspec"):format(rock.package, rock.version))
      local version = rock.version:match("^(.*)%-%d+$")
      assert.is_true(version == "scm" or version == socket._VERSION, path)
    end
  end)
end)

describe("a release of Lua without lua_closeslot", function()
  -- The compiler's status and its words, where lua.h has that number and those further macros.
  local function compiled(release, macros)
    fixture.need_command("cc")
    local folder = fixture.folder()
    local f <close> = assert(io.open(folder .. "/lua.h", "w"))
    f:write("#define LUA_VERSION_RELEASE_NUM ", release, "\n", macros or "")
    f:close()
    local compiler = fixture.command({"cc", "-E", "-I" .. folder, "-x", "c", "src/pysocket.h"})
    return compiler:wait(), compiler:errors()
  end

  it("is refused with a clear word, whoever builds: luarocks knows series alone", function()
    for _, release in ipairs({50400, 50306}) do
      local status, words = compiled(release)
      assert.not_equal(0, status)
      assert.matches("pysocket needs Lua 5.4.3 or later", words, 1, true)
    end
  end)

  it("is older than 5.4.3", function()
    for _, release in ipairs({50404, 50409, 50500}) do
      local status, words = compiled(release)
      assert.equal(0, status, words)
    end
  end)

  it("is not 5.4.3, which has the number of 5.4.0 and a macro of its own", function()
    local status, words = compiled(50400, "#define luai_likely(x) (x)\n")
    assert.equal(0, status, words)
  end)
end)
