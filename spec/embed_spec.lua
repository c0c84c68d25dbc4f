-- Programs that embed us: built with an installed copy, and with our sources as a subproject.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local socket = require "pysocket"

local TOOLS <const> = {"meson", "ninja", "cc", "pkg-config", "readelf", "nm", "size"}
local SANITIZED <const> = fixture.SANITIZED

local quote = fixture.quote
local place -- where all is built
local failure -- why it could not be

-- A shell command with the words above in it, not run under our sanitizer.
local function command(line)
  local words = {
    place = place,
    found = ("PKG_CONFIG_PATH=%s/prefix/lib/pkgconfig:$PKG_CONFIG_PATH"):format(place),
    options = "--buildtype=debug"
      .. (SANITIZED and " -Db_sanitize=address,undefined -Db_lundef=false" or ""),
    series = fixture.lua_series,
    flags = SANITIZED and "-fsanitize=address,undefined" or "",
    archive = place .. "/prefix/lib/libpysocket.a",
  }
  return "unset LD_PRELOAD; " .. line:gsub("%$(%l+)", words)
end

-- Runs it; raises with what it printed when it fails.
local function sh(line)
  local log = place .. "/log"
  if os.execute(("{ %s; } >%s 2>&1"):format(command(line), log)) then return end
  local f <close> = assert(io.open(log))
  error(line .. "\n" .. f:read("a"))
end

-- The lines that it prints.
local function lines(line)
  local output <close> = assert(io.popen(command(line)))
  local list = {}
  for text in output:lines() do list[#list + 1] = text end
  return list
end

local function build()
  assert(os.execute("mkdir " .. quote(place)))
  sh("meson setup $place/pysocket . --prefix=$place/prefix --libdir=lib -Dlmod=$place/lua"
    .. " -Dcmod=$place/lua -Dlua=$series $options && meson install -C $place/pysocket")
  sh("$found meson setup $place/installed examples/host $options && ninja -C $place/installed")
  sh("cp -R examples/host $place/source")
  sh("ln -s \"$PWD\" $place/source/subprojects/pysocket")
  sh("meson setup $place/subproject $place/source --force-fallback-for=pysocket -Dpysocket:lua=$series $options"
    .. " && ninja -C $place/subproject")
  sh("cc -g -Wall -Werror $flags -Wl,-E -o $place/embedded spec/roles/embedded.c"
    .. " $($found pkg-config --cflags --libs pysocket)")
end

-- Our modules, by the files of the Lua layer.
local function modules()
  local list = lines("cd lua && find pysocket -name '*.lua' ! -name ssl.lua ! -name context.lua | sort") -- TLS is an archive of its own
  for i, path in ipairs(list) do
    list[i] = path:gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
  end
  return list
end

-- The program's output for one of its cases.
local function case(name, ...) return fixture.command({place .. "/embedded", name, ...}):succeed() end

describe("embedding", function()
  lazy_setup(function()
    place = os.tmpname()
    os.remove(place)
    for _, tool in ipairs(TOOLS) do
      if not fixture.has_command(tool) then failure = "there is no " .. tool end
    end
    if not failure then build() end
  end)

  lazy_teardown(function()
    if not failure then os.execute("rm -rf " .. quote(place)) end
  end)

  before_each(function()
    if failure then fixture.lacking(failure) end
  end)

  describe("the installed copy", function()
    it("is a module for everyone else", function()
      if SANITIZED then fixture.lacking("the installed module has another sanitizer's library") end
      local child = fixture.command({
        "env",
        ("%s=%s/lua/?.lua;%s/lua/?/init.lua"):format(fixture.lua_variable("LUA_PATH"), place, place),
        ("%s=%s/lua/?.so"):format(fixture.lua_variable("LUA_CPATH"), place),
        fixture.interpreter,
        "-e",
        "print(require 'pysocket.loop'.run(require 'pysocket'.gethostname))",
      })
      assert.equal(socket.gethostname() .. "\n", child:rest())
    end)

    for _, prefix in ipairs({"/usr/local", "/usr"}) do
      it("is where Lua looks for modules, under " .. prefix, function()
        local build_of_prefix = place .. "/at" .. prefix:gsub("/", "-") .. "/pysocket"
        local paths = lines("env -i " .. fixture.interpreter .. " -e 'print(package.path, package.cpath)'")[1]
        if not paths:find(prefix .. "/share/lua/", 1, true) then fixture.lacking("this Lua does not look there") end
        sh(("meson setup %s . --prefix=%s -Dlua=%s"):format(build_of_prefix, prefix, fixture.lua_series))
        local plan = table.concat(lines("meson introspect --installed " .. build_of_prefix))
        for module, file in pairs({["pysocket/core"] = "core%.so", pysocket = "lua/pysocket"}) do
          local installed = plan:match('/' .. file .. '": "(.-)"')
          local found = false
          for template in paths:gmatch("[^;%s]+") do
            found = found or template:gsub("%?", module):gsub("%.lua$", "") == installed
          end
          assert.is_true(found, installed .. " is not in " .. paths)
        end
      end)

      it("is where pkg-config looks, under " .. prefix .. " without Debian's tools for packages too", function()
        local bin, build_of_prefix = place .. "/bin", place .. "/pc" .. prefix:gsub("/", "-")
        sh("mkdir -p " .. bin .. " && ln -sf /bin/false " .. bin .. "/dpkg-architecture")
        sh(("PATH=%s:$PATH meson setup %s . --prefix=%s"):format(bin, build_of_prefix, prefix))
        local plan = table.concat(lines("meson introspect --installed " .. build_of_prefix))
        local folder = plan:match('": "([^"]-)/pysocket%.pc"')
        local searched = lines("pkg-config --variable=pc_path pkg-config")[1]
        assert.is_truthy((":" .. searched .. ":"):find(":" .. folder .. ":", 1, true), folder .. " is not in " .. searched)
      end)
    end

    it("says what a program has to link", function()
      local libs = lines("$found pkg-config --libs pysocket")[1]
      assert.matches("-lpysocket", libs, 1, true)
      assert.matches("-llua", libs, 1, true)
      assert.matches("-pthread", libs, 1, true)
    end)
  end)

  describe("what Meson has installed", function()
    it("is removed by ninja uninstall", function()
      sh("DESTDIR=$place/destination meson install -C $place/pysocket")
      assert.same({"1"}, lines("find $place/destination -name core.so | wc -l"))
      assert.same({"2"}, lines("find $place/destination -name LICENSE -o -name pysocket.3lua | wc -l"))
      sh("ninja -C $place/pysocket uninstall")
      assert.same({}, lines("find $place/destination -type f"))
    end)
  end)

  describe("examples/cmake", function()
    it("builds a program with the installed library", function()
      fixture.need_command("cmake")
      sh("CFLAGS='$flags' $found cmake -S examples/cmake -B $place/cmake && cmake --build $place/cmake")
      assert.same({"hello from a task"}, lines("$place/cmake/host"))
    end)

    it("builds a program with the two files of the amalgamation", function()
      fixture.need_command("cmake")
      sh(fixture.interpreter .. " tools/amalgamation.lua $place/pysocket $place/amalgamation")
      sh("cmake -S examples/cmake -B $place/both -DAMALGAMATION=$place/amalgamation && cmake --build $place/both")
      assert.same({"hello from a task"}, lines("$place/both/host"))
    end)
  end)

  describe("examples/host/subprojects/pysocket.wrap", function()
    it("fetches the tag of this version where no library is installed", function()
      fixture.need_command("git")
      local version = socket._VERSION
      sh("cp -R examples/host $place/wrapped && mkdir $place/origin")
      sh("cp -R meson.build meson_options.txt LICENSE docs src lua types $place/origin && cd $place/origin && git init -q . && git add ."
        .. " && git -c user.name=x -c user.email=x@localhost commit -q -m x && git tag v" .. version)
      sh("sed -i 's|^url = .*|url = file://$place/origin|' $place/wrapped/subprojects/pysocket.wrap")
      sh("meson setup $place/of_wrap $place/wrapped --force-fallback-for=pysocket -Dpysocket:lua=$series")
      assert.same({"1"}, lines(("grep -c \"version: '%s'\" $place/wrapped/subprojects/pysocket/meson.build"):format(version)))
    end)
  end)

  local function exported(archive)
    local defaults = '$5 == "GLOBAL" && $6 == "DEFAULT" && $7 != "UND" {print $8}'
    return lines(("readelf -sW %s | awk '%s' | sort"):format(archive, defaults))
  end

  -- Those that an archive defines and that do not begin as ours do; what the compiler or a sanitizer adds is not counted.
  local function names_of_others(archive, ours)
    local theirs = "^__odr_asan\\|^__x86[.]get_pc_thunk[.]"
    local listing = "nm -g --defined-only %s | awk 'NF == 3 {print $3}' | grep -v '%s\\|%s'"
    return lines(listing:format(archive, ours, theirs))
  end

  describe("the archive of TLS", function()
    before_each(function()
      if not io.open(place .. "/prefix/lib/libpysocket-ssl.a") then fixture.lacking("built without TLS") end
    end)

    it("exports what opens the module, and has no other names than ours", function()
      local archive = "$place/prefix/lib/libpysocket-ssl.a"
      assert.same({"luaopen_pysocket__ssl", "luaopen_pysocket_ssl"}, exported(archive))
      assert.same({}, names_of_others(archive, "^luaopen_pysocket\\|^ps_"))
    end)

    it("gives a host TLS beside the other archive, without a file", function()
      sh("cc -g -Wall -Werror $flags -o $place/tls_host spec/roles/tls_host.c"
        .. " $($found pkg-config --cflags --libs pysocket-ssl)")
      sh("cat " .. certificates.file("localhost.pem") .. " " .. certificates.file("localhost.key")
        .. " " .. certificates.file("authority.pem") .. " >$place/all.pem")
      local child = fixture.command({"env", "CERTIFICATE=" .. place .. "/all.pem", place .. "/tls_host"})
      assert.equal("hello over TLSv1.3\n", child:rest())
      assert.equal(0, child:wait())
    end)
  end)

  describe("the archive", function()
    it("exports what the header declares, and nothing else", function()
      local declared = {}
      for line in io.lines("src/pysocket.h") do
        local name = line:match("^PYSOCKET_API.-([%w_]+)%(")
        if name ~= "luaopen_pysocket_ssl" then declared[#declared + 1] = name end
      end
      table.sort(declared)
      assert.same(declared, exported("$archive"))
    end)

    it("has no other names than ours to clash with a host's", function()
      assert.same({}, names_of_others("$archive", "^pysocket_\\|^luaopen_pysocket\\|^ps_\\|^sys_"))
    end)

    it("has no data that states could share", function()
      if SANITIZED then fixture.lacking("sanitizers have data of their own") end
      assert.same({}, lines("size -A $archive | awk '/^[.]t?(data|bss) / && $2 > 0'"))
    end)

    it("never ends the process, prints, or changes how signals are handled", function()
      if SANITIZED then fixture.lacking("sanitizers do") end
      local calls = "exit _exit abort raise kill printf fprintf vfprintf puts fputs putchar fwrite"
        .. " perror signal sigaction atexit setlocale stdout stderr"
      local pattern = calls:gsub(" ", "\\|")
      assert.same({}, lines(("nm -u $archive | grep -wx ' *U \\(%s\\)'"):format(pattern)))
    end)
  end)

  describe("a state", function()
    it("needs no library but base, string, table, coroutine, and gets no global", function()
      assert.equal("hello\nfalse\ta failure\nglobals set: 0\n", case("bare"))
    end)

    it("has what 'require' gives, without a file system", function()
      assert.equal("fine\n", case("require", table.unpack(modules())))
    end)

    it("has it also when 'package' is opened later", function()
      assert.equal("fine\n", case("package_later"))
    end)

    it("works on when a sandbox takes the libraries away", function()
      local output = case("sandboxed_later")
      assert.matches("^fine\n", output)
      assert.matches("ConnectionRefusedError: [Errno 111]", output, 1, true)
      assert.matches("error: a failure\nstack traceback:", output, 1, true)
    end)

    it("keeps to itself what is not for users, and what scripts do to Lua's libraries from itself", function()
      assert.equal("fine\n", case("private"))
    end)

    it("gives a scheduler in C what it may rely on, whoever asks", function()
      assert.equal("6\tfalse\tfalse\n", case("misused_scheduler"))
    end)

    it("keeps scripts from a scheduler in C that the program has ended", function()
      local refused = "false\tthe program has ended this scheduler\n"
      local ended = "calls 1\n" .. refused:rep(3) .. "false\n" .. refused .. "calls 1, stack 1\n"
      assert.equal(ended:rep(2), case("ended_scheduler"))
    end)

    it("gets the same when it is opened again", function()
      assert.equal("1 1\n", case("twice"))
    end)

    it("refuses a second copy of the library, and serves the first", function()
      local output = case("second_copy", place .. "/lua/pysocket/core.so")
      local refused = "another copy of pysocket is open in this state\n"
      assert.equal(("fine\n%s1\n%sfine\n1\n"):format(refused, refused), (output:gsub("%[string [^\n]*%]:1: ", "")))
    end)

    it("has nothing to do with other states", function()
      assert.equal("nil\tnil\n7.0\n7.0\n", case("states"))
    end)

    it("may be closed while tasks wait", function()
      assert.equal("closed\n", case("close"))
    end)

    it("says in tracebacks which of our files they go through", function()
      local output = case("traceback")
      assert.matches("\n%s*pysocket/connection.lua:%d+: in ", output)
      assert.matches("error: code:2: bad argument #1 to 'create_connection'", output, 1, true)
    end)

    it("can be opened again after memory ran out at any point of opening it", function()
      assert.equal("opened after many failures\n", case("memory"))
    end)

    it("tells its version", function()
      assert.equal((socket._VERSION .. "\n"):rep(3), case("version"))
    end)
  end)

  describe("the C interface", function()
    it("tells the descriptor of a socket, and makes sockets of descriptors", function()
      assert.equal("1 -2 -2 3\nhello\n1 -1\n", case("descriptors"))
    end)

    it("raises for what is no socket's descriptor", function()
      assert.equal("EBADF\ttrue\n", case("bad_descriptor"))
    end)

    it("raises where the library is not open", function()
      assert.equal("pysocket is not open in this state\n", case("not_open"))
    end)

    it("waits through the engine", function()
      assert.equal(table.concat({
        "write\ttrue\tfalse\t42",
        "time\tfalse\tfalse\t42",
        "none\tfalse\tfalse\t42",
        "task, time\tfalse\ttrue\t42",
        "task\ttrue\ttrue\t42",
        "in place\ttrue",
        "closed\ttrue\ttrue\ttrue\t42",
        "outside 1 1 1\n",
      }, "\n"), case("wait"))
    end)

    it("takes a scheduler of C functions", function()
      assert.equal(table.concat({
        "task 0 waits for reading, limit -1",
        "resolves a.host 80, 6 arguments",
        "127.0.0.9",
        "task 1 waits for reading, limit 2",
        "got\thello",
        "foreign\tfalse\tblocked",
        "end\ttrue",
        "status 0 0, closed 2, blocked 1",
        "nil\n",
      }, "\n"), case("scheduler"))
    end)

    it("wakes a loop from another thread", function()
      assert.equal("true\tnil\nstack 1\nwoken\ngoes on\nended\nclosed\n", case("wake"))
    end)

    it("takes a handler of the errors of tasks", function()
      local output = case("onerror")
      assert.matches("^stack 0\n3 values, a failure\na failure\nstack traceback:\n", output)
      assert.matches("\nfalse\nown\tanother\nfalse\ttable: [^\n]*\n$", output)
    end)
  end)

  for _, build_of in ipairs({"installed", "subproject"}) do
    describe("examples/host/game.c, " .. build_of, function()
      local game, address, path

      -- The script is a copy, to be changed.
      before_each(function()
        if failure then return end
        local f <close> = assert(io.open("examples/host/chat.lua"))
        path = fixture.file(f:read("a"))
        game = fixture.command({place .. "/" .. build_of .. "/game", path})
        local port = (game:line() or game:errors()):match("^listening on 127%.0%.0%.1:(%d+)$")
        assert.is_string(port, game:errors())
        address = {"127.0.0.1", tonumber(port)}
      end)

      local function player()
        local s = fixture.socket()
        s:connect(address)
        local f = fixture.keep(s:makefile("r"))
        local name = f:read("l"):match("^(player %d+) came$")
        return s, f, name
      end

      local function change(from, to)
        local f <close> = assert(io.open(path, "r+"))
        local text, n = f:read("a"):gsub(from, to)
        assert.equal(1, n)
        f:seek("set", 0)
        f:write(text)
      end

      local function finish()
        game:signal("TERM")
        assert.equal("bye\n", game:rest())
        assert.equal(0, game:wait())
        return game:errors()
      end

      it("is a chat room", function()
        local a, a_file, a_name = player()
        local b, b_file, b_name = player()
        assert.equal(b_name .. " came", a_file:read("l"))
        a:sendall("hello\n")
        assert.equal(a_name .. ": hello", b_file:read("l"))
        b:close()
        b_file:close()
        assert.equal(a_name .. ": hello", a_file:read("l"))
        assert.equal(b_name .. " left", a_file:read("l"))
        assert.equal("", finish())
        assert.is_nil(a_file:read("l"))
      end)

      it("loads its script again while connections stay, and no byte is lost", function()
        local s, f, name = player()
        s:sendall("one\ntw")
        assert.equal(name .. ": one", f:read("l"))
        change("%%s: %%s", "%%s said %%s")
        game:signal("HUP")
        assert.equal("loaded again", game:line())
        assert.equal("listening on 127.0.0.1:" .. address[2], game:line())
        s:sendall("o\n")
        assert.equal(name .. " said two", f:read("l"))
        assert.equal("", finish())
      end)

      it("goes on with the script it has when the new one does not load", function()
        local s, f, name = player()
        change("local TOLD =", "local local =")
        game:signal("HUP")
        repeat
          s:sendall("x\n")
          assert.equal(name .. ": x", f:read("l"))
        until game:errors() ~= ""
        assert.matches("<name> expected near 'local'", finish(), 1, true)
      end)

      it("logs the failure of a task and goes on", function()
        change("local function serve%(player%)", "%0 if player.name then error('a failure') end")
        game:signal("HUP")
        assert.equal("loaded again", game:line())
        assert.equal("listening on 127.0.0.1:" .. address[2], game:line())
        player()
        player()
        local log = finish()
        assert.matches("^<task 0x%x+ failed> failed: [^\n]*: a failure\nstack traceback:", log)
      end)

      it("survives a client that resets its connection", function()
        local s = player()
        s:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack("i4i4", 1, 0))
        s:close()
        local other, f, name = player()
        other:sendall("alive\n")
        local line
        repeat line = f:read("l") until not line:find(" left$")
        assert.equal(name .. ": alive", line)
        assert.equal("", finish())
      end)
    end)

    describe("examples/host/threads.c, " .. build_of, function()
      it("serves from a state a thread, and ends them all", function()
        local threads = place .. "/" .. build_of .. "/threads"
        local server = fixture.command({threads, "examples/host/echo.lua", "4"})
        local port = (server:line() or server:errors()):match("^listening on 127%.0%.0%.1:(%d+)$")
        local clients = {}
        for i = 1, 12 do
          clients[i] = fixture.socket()
          clients[i]:connect({"127.0.0.1", tonumber(port)})
          clients[i]:sendall("hello " .. i .. "\n")
        end
        for i = 1, 12 do
          assert.matches("^[1-4] hello " .. i .. "\n$", clients[i]:recv(100))
        end
        server:signal("TERM")
        local output, served = server:rest(), 0
        for n in output:gmatch("worker %d served (%d+)\n") do served = served + n end
        assert.equal(12, served)
        assert.matches("\nbye\n$", output)
        assert.equal(0, server:wait())
        assert.equal("", server:errors())
      end)
    end)
  end
end)
