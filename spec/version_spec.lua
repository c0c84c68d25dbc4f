-- The version is said in three files, and once.

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

  it("is that of the rockspec, but for one of the source tree", function()
    local output <close> = assert(io.popen("ls *.rockspec rocks/*.rockspec"))
    for path in output:lines() do
      local rock = {}
      assert(loadfile(path, "t", rock))()
      assert.equal(path:match("[^/]*$"), ("%s-%s.rockspec"):format(rock.package, rock.version))
      local version = rock.version:match("^(.*)%-%d+$")
      assert.is_true(version == "scm" or version == socket._VERSION, path)
    end
  end)
end)
