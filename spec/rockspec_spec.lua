-- The rockspec: it names what the build names, and luarocks makes of it a module that works.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local ROCKSPEC <const> = "pysocket-scm-1.rockspec"

local function contents(path)
  local f <close> = assert(io.open(path, "rb"))
  return f:read("a")
end

-- As luarocks reads it: without any library.
local function rockspec(path)
  local rock = {}
  assert(loadfile(path or ROCKSPEC, "t", rock))()
  return rock
end

-- The strings of a list in meson.build that begins so.
local function list_of(opening)
  local text = contents("meson.build")
  local _, start = text:find(opening, 1, true)
  local list = {}
  for name in text:sub(start, (text:find("\n%s*[%])]", start))):gmatch("'([^']+)'") do
    list[#list + 1] = name
  end
  return list
end

describe("the rockspec", function()
  it("has the C files of the build", function()
    assert.same(list_of("sources = files("), rockspec().build.modules["pysocket.core"].sources)
  end)

  it("of TLS has the C files of its module", function()
    local expected = list_of("tls_sources = files(")
    table.move({"src/tls/link.c", "src/system/posix.c", "src/system/send.c"}, 1, 3, #expected + 1, expected)
    assert.same(expected, rockspec("rocks/pysocket-ssl-scm-1.rockspec").build.modules["pysocket._ssl"].sources)
  end)

  it("has the Lua files of the build", function()
    local expected = {}
    for _, name in ipairs(list_of("layer = [")) do
      local module = name == "init" and "pysocket" or "pysocket." .. name:gsub("/", ".")
      expected[module] = "lua/pysocket/" .. name .. ".lua"
    end
    local modules = rockspec().build.modules
    modules["pysocket.core"] = nil
    assert.same(expected, modules)
  end)

  for _, name in ipairs({"constants.h", "errnos.h", "headers.h"}) do
    it("comes with the build's " .. name .. " (./dev rock brings it up to date)", function()
      local core = assert(package.searchpath("pysocket.core", package.cpath))
      assert.equal(contents(core:gsub("[^/]*$", name)), contents("rocks/" .. name))
    end)
  end

  it("is made and installed by luarocks, without a network and without untracked files", function()
    fixture.need_command("luarocks", "cc", "git")
    local place = fixture.path()
    fixture.defer(os.execute, "rm -rf " .. place)
    local function sh(line)
      local ok = os.execute(("{ unset LD_PRELOAD; %s; } >%s/log 2>&1"):format(line, place))
      local text = contents(place .. "/log")
      if text:find("Lua header mismatches", 1, true) then fixture.lacking("this luarocks does not know Lua " .. fixture.lua_series) end
      if not ok then error(text, 2) end
    end
    assert(os.execute("mkdir " .. place))
    local checkout, series = place .. "/checkout", fixture.lua_series
    local headers = fixture.lua_flags("--cflags-only-I"):match("%-I(%S+)") or "/usr/include"
    sh(("mkdir %s && cp -R .gitignore src lua rocks types %s %s && cd %s && git init -q . && git add ."):format(
      checkout, ROCKSPEC, checkout, checkout
    ))
    sh(("cd %s && http_proxy=127.0.0.1:9 https_proxy=127.0.0.1:9 luarocks --lua-version=%s --tree=%s/tree"
      .. " make --deps-mode=none CFLAGS='-O0 -fPIC' LUA_INCDIR=%s"):format(checkout, series, place, headers))
    -- its objects stay beside the sources
    sh(("cd %s && ! git status --porcelain --untracked-files=all | grep -v '^A '"):format(checkout))
    sh(("test -f %s/tree/lib/luarocks/rocks-%s/pysocket/%s/types/pysocket.d.lua"):format(place, series, rockspec().version))
    local layer = ("%s/tree/share/lua/%s"):format(place, series)
    local child = fixture.command({
      "env",
      ("%s=%s/?.lua;%s/?/init.lua"):format(fixture.lua_variable("LUA_PATH"), layer, layer),
      ("%s=%s/tree/lib/lua/%s/?.so"):format(fixture.lua_variable("LUA_CPATH"), place, series),
      fixture.interpreter,
      "-e",
      "local socket, loop = require 'pysocket', require 'pysocket.loop'"
        .. "local a, b = socket.socketpair() a:sendall(socket._VERSION .. '\\n')"
        .. "print(loop.run(function() return b:makefile('r'):read('l') end))",
    })
    assert.equal(socket._VERSION .. "\n", child:rest())
    assert.equal(0, child:wait())
  end)
end)
