-- The rockspecs: they name what the build names, and luarocks makes of them a module that works.

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
    local expected = list_of("sources = files(")
    for _, file in ipairs(list_of("system_sources = tried + files(")) do expected[#expected + 1] = file end
    assert.same(expected, rockspec().build.modules["pysocket.core"].sources)
  end)

  it("of TLS has the C files of its module", function()
    local expected = list_of("tls_sources = files(")
    for _, file in ipairs(list_of("tls_shared = files(")) do expected[#expected + 1] = file end
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
      local list = io.open((core:gsub("[^/]*$", name)), "rb")
      if not list then fixture.lacking("the lists of the build are not beside the module") end
      local text = list:read("a")
      list:close()
      assert.equal(text, contents("rocks/" .. name))
    end)
  end

  for _, rock in ipairs({{"pysocket", ROCKSPEC}, {"pysocket-ssl", "rocks/pysocket-ssl-scm-1.rockspec"}}) do
    it("of the version is that of the source tree, but for the line of the release, for " .. rock[1], function()
      local path = ("rocks/%s-%s-1.rockspec"):format(rock[1], socket._VERSION)
      local other, count = contents(path):gsub("\nlocal release = [^\n]*", "\nlocal release", 1)
      assert.equal(1, count)
      assert.equal((contents(rock[2]):gsub("\nlocal release = [^\n]*", "\nlocal release", 1)), other)
      assert.equal(socket._VERSION .. "-1", rockspec(path).version)
      assert.matches("/v" .. socket._VERSION .. ".tar.gz", rockspec(path).source.url, 1, true)
    end)
  end

  describe("under luarocks", function()
    local place, checkout

    local function sh(line)
      local ok = os.execute(("{ unset LD_PRELOAD; %s; } >%s/log 2>&1"):format(line, place))
      local text = contents(place .. "/log")
      if text:find("Lua header mismatches", 1, true) then fixture.lacking("this luarocks does not know Lua " .. fixture.lua_series) end
      if not ok then error(text, 2) end
    end

    -- Has it make or build a rock in a folder, without a network. The libraries are those of the compiler, which
    -- may be for another processor.
    local function luarocks(folder, words)
      local headers = fixture.lua_flags("--cflags-only-I"):match("%-I(%S+)") or "/usr/include"
      local line = "cd %s && libraries=$(dirname \"$(cc -print-file-name=libm.so)\")"
        .. " && http_proxy=127.0.0.1:9 https_proxy=127.0.0.1:9 luarocks --lua-version=%s --tree=%s/tree"
        .. " %s --deps-mode=none CC=cc LD=cc CFLAGS='-O0 -fPIC' LUA_INCDIR=%s"
        .. " PTHREAD_LIBDIR=$libraries M_LIBDIR=$libraries"
      sh(line:format(folder, fixture.lua_series, place, words, headers))
    end

    -- The module in the tree of rocks works.
    local function try_module()
      local series = fixture.lua_series
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
    end

    before_each(function()
      if not fixture.need_command("luarocks", "cc", "git") then return end
      place = fixture.folder()
      checkout = place .. "/checkout"
      sh(("mkdir %s && cp -R src lua rocks types %s %s && cd %s && git init -q . && git add ."):format(
        checkout, ROCKSPEC, checkout, checkout
      ))
    end)

    it("is made, installed and removed, without a network and without untracked files", function()
      if not io.open(".gitignore") then fixture.lacking("this tree is no checkout") end
      sh(("cp .gitignore %s && git -C %s add .gitignore"):format(checkout, checkout))
      luarocks(checkout, "make")
      -- its objects stay beside the sources
      sh(("cd %s && ! git status --porcelain --untracked-files=all | grep -v '^A '"):format(checkout))
      sh(("test -f %s/tree/lib/luarocks/rocks-%s/pysocket/%s/types/pysocket.d.lua"):format(
        place, fixture.lua_series, rockspec().version
      ))
      try_module()
      sh(("luarocks --lua-version=%s --tree=%s/tree remove pysocket"):format(fixture.lua_series, place))
      sh(("! find %s/tree -name '*.lua' -path '*/pysocket/*' -o -name core.so | grep ."):format(place))
    end)

    it("is built, as the version, from the archive of its tag", function()
      local version = socket._VERSION
      local name = ("pysocket-%s-1.rockspec"):format(version)
      sh(("cd %s && git -c user.name=x -c user.email=x@localhost commit -q -m x && git tag v%s"
        .. " && git archive --prefix=pysocket-%s/ -o %s/v%s.tar.gz v%s"):format(checkout, version, version, place, version, version))
      sh(("sed 's|https://[^\"]*/archive|file://%s|' rocks/%s >%s/%s && grep -q file: %s/%s"):format(
        place, name, place, name, place, name
      ))
      luarocks(place, "build " .. name)
      try_module()
    end)
  end)
end)
