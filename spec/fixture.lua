-- What specs share: connected sockets, child processes with a named role, networks of their own.
-- All that it makes ends with the test that made it. Requiring it in a spec is enough.

local busted = require "busted"
local core = require "pysocket.core"
local luassert = require "luassert"
local machine = require "spec.machine"
local select = require "pysocket.select"
local socket = require "pysocket"

local fixture = {}

-- How much longer things may take on a processor that is emulated.
fixture.SLOWNESS = tonumber(os.getenv("PYSOCKET_SLOWNESS") or 1)

local PATIENCE <const> = 30 * fixture.SLOWNESS -- seconds after which a hang is a failure
local LIFE <const> = 120 * fixture.SLOWNESS -- seconds after which a child process is killed
local PAIR_BUFFER <const> = 100000 -- bytes; about as much as AF_UNIX has

-- Is it a system as POSIX describes it? Windows has another shell, no signals, and tells less.
local POSIX <const> = package.config:sub(1, 1) == "/"

-- Life and death.

local deferred = {}

-- Calls f(...) when the test ends, last come first served.
function fixture.defer(f, ...)
  local arguments = table.pack(...)
  deferred[#deferred + 1] = function() f(table.unpack(arguments, 1, arguments.n)) end
end

busted.after_each(function()
  local first
  while #deferred > 0 do
    local ok, err = pcall(table.remove(deferred))
    if not ok then first = first or err end
  end
  if first then error(first, 0) end
end)

-- The test that runs, for its `pending`; and what was found to be lacking before it ran.
local running, lacked

busted.subscribe({"test", "start"}, function(element)
  running = element
  if lacked then
    local reason = lacked
    element.run = function() element.env.pending(reason) end
  end
  return nil, true
end)

busted.subscribe({"test", "end"}, function()
  running, lacked = nil, nil
  return nil, true
end)

-- Ends the test as pending: the machine lacks something. In a before_each it returns, and the test will not run.
function fixture.lacking(reason)
  if running then running.env.pending(reason) end
  lacked = reason
end

-- Closes it when the test ends, and gives it back.
function fixture.keep(closable)
  fixture.defer(closable.close, closable)
  return closable
end

-- Asserts that f(...) raises an error of that class; the error.
function fixture.raises(class, f, ...)
  local ok, err = pcall(f, ...)
  if ok then error("it raised nothing", 2) end
  if not socket.isinstance(err, class) then error("it raised " .. tostring(err), 2) end
  return err
end

-- Asserts that f(...) raises an error whose message contains that text.
function fixture.refuses(text, f, ...)
  local ok, err = pcall(f, ...)
  if ok then error("it raised nothing, not " .. text, 2) end
  err = tostring(err)
  if not err:find(text, 1, true) then error("it raised " .. err .. ", not " .. text, 2) end
end

-- Sockets.

local function patient(s)
  fixture.keep(s)
  s:settimeout(PATIENCE)
  return s
end

local has_unix

-- AF_UNIX sockets, which Wine and Windows before version 10 lack; and their pairs, which no Windows has.
function fixture.has_unix()
  if has_unix == nil then
    local a, b = socket.protect(socket.socketpair)(socket.AF_UNIX)
    has_unix = a ~= nil
    if has_unix then
      a:close()
      b:close()
    end
  end
  return has_unix
end

function fixture.need_unix()
  if not fixture.has_unix() then fixture.lacking("there are no pairs of AF_UNIX sockets") end
end

-- A new socket that does not wait for ever and is closed at the end.
function fixture.socket(family, type, proto)
  if family == socket.AF_UNIX then fixture.need_unix() end
  return patient(socket.socket(family or socket.AF_INET, type or socket.SOCK_STREAM, proto or 0))
end

local function datagram_pair()
  local a, address = fixture.udp()
  local b, other = fixture.udp()
  a:connect(other)
  b:connect(address)
  return a, b
end

-- Two connected AF_UNIX sockets; of AF_INET where there are none.
function fixture.pair(type)
  local family = socket.AF_UNIX
  if not fixture.has_unix() then
    if type == socket.SOCK_DGRAM then return datagram_pair() end
    if type and type ~= socket.SOCK_STREAM then fixture.need_unix() end
    family = socket.AF_INET
  end
  local a, b = socket.socketpair(family, type or socket.SOCK_STREAM)
  if family == socket.AF_INET then -- otherwise they hold megabytes
    for _, s in ipairs({a, b}) do
      s:setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PAIR_BUFFER)
      s:setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PAIR_BUFFER)
    end
  end
  return patient(a), patient(b)
end

-- The same without a timeout: a wait that never ends hangs the spec, so each test bounds itself.
function fixture.endless_pair()
  local a, b = fixture.pair()
  a:settimeout(nil)
  b:settimeout(nil)
  return a, b
end

local function loopback(family)
  if family ~= socket.AF_INET6 then return "127.0.0.1" end
  fixture.need_ipv6()
  return "::1"
end

local function bound(family, type)
  local host = loopback(family)
  local s = fixture.socket(family, type)
  s:bind({host, 0})
  return s
end

-- A listening TCP socket on loopback, and its address.
function fixture.listener(family, backlog)
  local s = bound(family, socket.SOCK_STREAM)
  s:listen(backlog or 16)
  return s, s:getsockname()
end

-- A UDP socket bound to loopback, and its address.
function fixture.udp(family)
  local s = bound(family, socket.SOCK_DGRAM)
  return s, s:getsockname()
end

-- Two connected TCP sockets: the one that connected, the one accepted.
function fixture.tcp_pair(family)
  local listener, address = fixture.listener(family)
  local client = fixture.socket(family)
  client:connect(address)
  local server = patient((listener:accept()))
  listener:close()
  return client, server
end

-- The address of a loopback port where nothing listens, nor can until the test ends.
function fixture.refusing(family)
  local s = bound(family, socket.SOCK_STREAM)
  return s:getsockname()
end

-- Fills the backlog of a listener that was made with 0, so that it answers no more.
function fixture.fill(listener)
  for _ = 1, 3 do
    local s = fixture.socket(listener.family)
    s:settimeout(0)
    s:connect_ex(listener:getsockname())
  end
  core.poll({listener:fileno(), core.POLLIN}, PATIENCE) -- the kernel may take its time
end

-- The address of a loopback port that never answers: its backlog is full.
function fixture.silent(family)
  local listener, address = fixture.listener(family, 0)
  fixture.fill(listener)
  return address
end

-- The machine.

fixture.monotonic = socket.monotonic

local has_descriptors <const> = #machine.descriptors() > 0 or machine.compiled("windows", "sockets")

-- The descriptors that are open.
function fixture.descriptors()
  if not has_descriptors then fixture.lacking("the system does not list the descriptors of a process") end
  return machine.descriptors()
end

local function library(source)
  fixture.need_command("cc")
  local path = fixture.path()
  local command = "LD_PRELOAD= cc -shared -fPIC -o %s spec/roles/%s"
  assert(os.execute(command:format(fixture.quote(path), source)))
  return path
end

-- Two functions: starved(n, f, ...) is pcall(f, ...) with an allocation that fails, the n-th, and
-- confined(bytes, f, ...) with so much memory that can be had.
function fixture.starving()
  local starved = machine.compiled("memory", "starved")
  if starved then return starved, machine.compiled("memory", "confined") end
  local path = library("memory.c")
  return assert(package.loadlib(path, "starved")), assert(package.loadlib(path, "confined"))
end

-- A function: limit(count) has coroutines made from now on raise after so many instructions, by a hook
-- as a host sets it; 0: no more.
function fixture.limiting()
  return machine.compiled("hook", "limit") or assert(package.loadlib(library("hook.c"), "limit"))
end

-- A function: forked(f, ...) calls one in a child process; was there no error?
function fixture.forking()
  return assert(package.loadlib(fixture.forking_library(), "forked"))
end

-- Where that function is, for a child to load.
function fixture.forking_library()
  return library("fork.c")
end

-- The descriptors that are open, to compare with later: what earlier specs have dropped is closed first.
function fixture.settled_descriptors()
  collectgarbage()
  collectgarbage()
  return fixture.descriptors()
end

-- A turn of a loop, and a sleep until it has something to do, as a host does both: are there tasks left?
function fixture.turn(l)
  if not l:step() then return false end
  local left = l:timeout()
  if left ~= 0 then core.poll({l:fileno(), core.POLLIN}, math.min(left or 0.1, 0.1)) end
  return true
end

local ENDED <const> = {done = true, failed = true, cancelled = true}

function fixture.ended(task) return ENDED[task:status()] or false end

function fixture.has_ipv6()
  local s <close> = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
  return (pcall(s.bind, s, {"::1", 0}))
end

-- Is a sanitizer's library loaded before all others? It has memory and descriptors of its own.
fixture.SANITIZED = (os.getenv("LD_PRELOAD") or ""):find("[atm]san") ~= nil

-- What counts memory or system calls, or is traced, counts the sanitizer's too.
function fixture.need_no_sanitizer()
  if fixture.SANITIZED then fixture.lacking("a sanitizer is in the process") end
end

function fixture.need_constant(name)
  if not socket[name] then fixture.lacking("this build lacks " .. name) end
end

-- musl and Windows have a resolver, some limits and some constants of their own, which tell that it is another C library.
fixture.GLIBC = socket.NI_MAXHOST ~= 255 and socket.EAI_ADDRFAMILY ~= nil

function fixture.need_glibc(reason)
  if not fixture.GLIBC then fixture.lacking("not with this C library: " .. reason) end
end

-- The value of SO_LINGER, for string.pack.
fixture.LINGER = POSIX and "i4i4" or "I2I2"

-- Pending on Windows, where that is otherwise.
function fixture.need_posix(reason)
  if not POSIX then fixture.lacking("not on this system: " .. reason) end
end

-- Windows does not tell whether a socket is non-blocking; the library has each of them so, whatever its timeout.
function fixture.need_modes()
  if not POSIX then fixture.lacking("the system does not tell whether a socket is non-blocking") end
end

-- Does MSG_TRUNC tell the length of a datagram that is cut?
function fixture.need_lengths()
  local s, address = fixture.udp()
  s:sendto("hello", address)
  if s:recv_into(socket.bytearray(1), {flags = socket.MSG_TRUNC}) ~= 5 then
    fixture.lacking("MSG_TRUNC does not tell the length of a datagram")
  end
end

-- Linux's poller: one descriptor stands for many, and a wait may be shorter than a millisecond.
function fixture.need_epoll()
  if not select.epoll then fixture.lacking("no epoll") end
end

-- A descriptor that stands for many, as the schedulers for other loops wait for.
function fixture.need_set()
  if not select.epoll and not select.kqueue then fixture.lacking("no descriptor stands for many") end
end

-- AF_UNIX names without a file, which Linux alone has.
function fixture.has_abstract_names()
  return (pcall(core.address_roundtrip, socket.AF_UNIX, 0, "\0name"))
end

function fixture.need_abstract_names()
  if not fixture.has_abstract_names() then fixture.lacking("this build has no abstract AF_UNIX names") end
end

function fixture.need_ipv6()
  if not fixture.has_ipv6() then fixture.lacking("IPv6 has no loopback here") end
end

function fixture.is_root()
  return machine.status("Uid"):match("^%d+%s+(%d+)") == "0"
end

function fixture.has_command(name)
  return POSIX and os.execute("command -v " .. fixture.quote(name) .. " >/dev/null 2>&1") == true
end

-- A module of others, or pending where it is not there. busted forgets after each file what that has loaded; luv, opened for a
-- second time in a state, crashes with the loop of the first: so the module stays what it was.
function fixture.need_module(name)
  local present, module = pcall(require, name)
  if not present then fixture.lacking("there is no " .. name) end
  package.preload[name] = function() return module end
  return module
end

-- Pending where one of these programs is missing; else true.
function fixture.need_command(...)
  for _, name in ipairs({...}) do
    if not fixture.has_command(name) then return fixture.lacking("there is no " .. name) end
  end
  return true
end

-- A name for a file of ours. On Windows it begins with a backslash, as if it were for the root of the disk.
local function temporary()
  local path = os.tmpname()
  return path:sub(1, 1) == "\\" and os.getenv("TEMP") .. path or path
end

-- A name for a file that does not exist yet; removed at the end.
function fixture.path()
  local path = temporary()
  os.remove(path)
  fixture.defer(os.remove, path)
  return path
end

-- The path of a new file.
function fixture.file(text)
  local path = temporary()
  fixture.defer(os.remove, path)
  local f <close> = assert(io.open(path, "wb"))
  f:write(text)
  return path
end

-- The path of a new folder; removed at the end, with what is in it.
function fixture.folder()
  local path = fixture.path()
  local word = POSIX and fixture.quote(path) or '"' .. path .. '"'
  assert(os.execute("mkdir " .. word))
  fixture.defer(os.execute, (POSIX and "rm -rf " or "rmdir /s /q ") .. word)
  return path
end

local function took(ok, result) return ok and result end

-- Calls a function that sends until the system takes nothing more. TCP takes more when it has passed on what it had.
function fixture.fill_by(send, ...)
  local full
  repeat
    full = true
    while took(pcall(send, ...)) do full = false end
    core.poll({}, 0.05)
  until full
end

-- The names in a folder that match the pattern, in order.
function fixture.names(folder, pattern)
  local command = POSIX and "ls " .. fixture.quote(folder) or 'dir /b "' .. folder:gsub("/", "\\") .. '"'
  local list <close> = assert(io.popen(command))
  local names = {}
  for name in list:lines() do
    if name:find(pattern) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- Child processes.

-- One word for the shell.
function fixture.quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

-- The series of the Lua that runs us: "5.4".
fixture.lua_series = _VERSION:match("%d+%.%d+")

-- The name of an environment variable of this Lua: "LUA_PATH_5_4".
function fixture.lua_variable(name)
  return name .. "_" .. fixture.lua_series:gsub("%.", "_")
end

-- What pkg-config says of this Lua, for a program that embeds it; `fixture.compiled` asks for it by `lua`.
function fixture.lua_flags(words)
  local series = fixture.lua_series
  for _, name in ipairs({"lua" .. series, "lua-" .. series, "lua" .. series:gsub("%.", ""), "lua"}) do
    local pipe <close> = assert(io.popen(("pkg-config %s '%s >= %s' 2>/dev/null"):format(words, name, series)))
    local flags = pipe:read("l")
    if flags then return flags end
  end
  fixture.lacking("there is no library of Lua " .. series)
end

-- Compiles C and returns the result's path. Fields: `shared`, it is a library; `lua`, it embeds Lua;
-- `flags`, more words; `path`, where it goes, and whose it is to remove.
function fixture.compiled(source, options)
  options = options or {}
  if not fixture.has_command("cc") then return fixture.lacking("there is no cc") end
  local path = options.path or fixture.path()
  local line = ("LD_PRELOAD= cc -O1 %s -D_GNU_SOURCE -o %s %s %s %s -lpthread -lm 2>&1"):format(
    options.shared and "-shared -fPIC" or "-rdynamic",
    fixture.quote(path),
    fixture.quote(source),
    options.flags or "",
    options.lua and fixture.lua_flags("--cflags --libs") or ""
  )
  local compiler <close> = assert(io.popen(line))
  local messages = compiler:read("a")
  if not compiler:close() then error("cannot compile " .. source .. ": " .. messages, 2) end
  return path
end

local function quoted(words)
  local line = {}
  for i, word in ipairs(words) do line[i] = fixture.quote(word) end
  return table.concat(line, " ")
end

local Child = {}
Child.__index = Child

-- The next line of its output; nil at the end.
function Child:line()
  return self.output:read("l")
end

-- The rest of its output.
function Child:rest()
  return self.output:read("a")
end

-- What it wrote to its stderr so far.
function Child:errors()
  local f <close> = assert(io.open(self.stderr, "r"))
  return f:read("a")
end

-- Sends it a signal by name: "INT".
function Child:signal(name)
  if not self.pid then fixture.lacking("a process gets no signals here") end
  assert(os.execute(("kill -%s %d"):format(name, self.pid)))
end

-- Does it sleep in a system call? How often it gave up the processor, which tells one sleep from another.
local function sleeps(child)
  local state = machine.status("State", child.pid)
  if not state then error("the child is gone: " .. child:errors(), 3) end
  return state:sub(1, 1) == "S" and machine.status("voluntary_ctxt_switches", child.pid)
end

-- Returns when it sleeps in a system call, and not for a moment only. For signals that are to meet it there.
function Child:asleep()
  if not self.pid then fixture.lacking("the system does not tell what a process does") end
  local limit = fixture.monotonic() + PATIENCE
  repeat
    local before = sleeps(self)
    if before then
      core.poll({}, 0.01)
      if sleeps(self) == before then return end
    end
  until fixture.monotonic() > limit
  error("the child never waits for anything", 2)
end

-- Sends Ctrl-C to a program of ours that has printed "ready" and waits: the stock interpreter's answer to it ends the program.
function fixture.assert_interrupted(child)
  luassert.equal("ready", child:line())
  child:asleep()
  child:signal("INT")
  luassert.equal("", child:rest())
  luassert.equal(1, child:wait())
  luassert.matches("interrupted!", child:errors(), 1, true)
end

-- Its exit status, when nobody reads its output any more.
local function reap(child)
  local output = child.output
  child.output = nil
  local _, how, code = output:close()
  return how == "signal" and 128 + code or code
end

-- Waits for its end: its exit status, 128 and more for a signal, 124 when it took too long.
function Child:wait()
  self:rest() -- it may still print, and would get SIGPIPE
  return reap(self)
end

--- Waits until it has ended well, with status 0 and nothing on its stderr; the rest of its output.
function Child:succeed()
  local output, status, errors = self:rest(), self:wait(), self:errors()
  if status ~= 0 or errors ~= "" then error(("the child ended with status %s\n%s%s"):format(status, output, errors), 2) end
  return output
end

local end_children <const> = machine.compiled("windows", "end_children") or function() end

function Child:close()
  if not self.output then return end
  if self.monitor then
    os.execute(("kill -TERM %d 2>/dev/null"):format(self.monitor))
  else
    end_children()
  end
  reap(self)
end

-- One word for the shell of Windows and for the C library of the program, which takes it apart there.
local function foreign_word(word)
  return '"' .. tostring(word):gsub('(\\*)"', '%1%1\\"'):gsub("\\+$", "%0%0") .. '"'
end

-- A program that runs under Windows' shell, which takes no lines, and only double quotes: code for the interpreter goes to a file.
local function foreign_command(command)
  if command[1] ~= fixture.interpreter then fixture.lacking("there is no " .. command[1]) end
  local stderr = fixture.file("")
  local words = {}
  for i, word in ipairs(command) do
    if command[i - 1] == "-e" then word = fixture.file(word) end
    if word ~= "-e" then words[#words + 1] = foreign_word(word) end
  end
  local output = assert(io.popen(('cd "%s" && %s <%s 2>%s'):format(
    command.folder or ".",
    table.concat(words, " "),
    command.input and '"' .. command.input .. '"' or "NUL",
    command.merge and "&1" or '"' .. stderr .. '"'
  ), "r"))
  return fixture.keep(setmetatable({output = output, stderr = stderr}, Child))
end

-- Starts a command, given as words. Fields: `input`, a file for its stdin; `merge`, its stderr is
-- among its output; `preload`, it is run with the LD_PRELOAD of this process (sanitizers); `folder`,
-- where it runs.
function fixture.command(command)
  if not POSIX then return foreign_command(command) end
  local stderr = fixture.file("")
  local preload = command.preload and os.getenv("LD_PRELOAD") or ""
  local line = ("echo $$; cd %s && exec env LD_PRELOAD= timeout -k 5 %d %s %s <%s 2>%s"):format(
    fixture.quote(command.folder or "."),
    LIFE,
    "sh -c 'echo $$; LD_PRELOAD=$1; shift; exec \"$@\"' sh " .. fixture.quote(preload),
    quoted(command),
    fixture.quote(command.input or "/dev/null"),
    command.merge and "&1" or fixture.quote(stderr)
  )
  local output = assert(io.popen(line, "r"))
  local child = fixture.keep(setmetatable({output = output, stderr = stderr}, Child))
  child.monitor = assert(output:read("n", "l"))
  child.pid = assert(output:read("n", "l"))
  return child
end

local function find_interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return first < 0 and arg[first] or "lua" .. fixture.lua_series
end

-- The command of the interpreter that runs us.
fixture.interpreter = find_interpreter()

-- The command that runs a Lua program.
function fixture.interpreted(path, ...)
  return {fixture.interpreter, path, preload = true, ...}
end

-- Starts a Lua program.
function fixture.program(path, ...)
  return fixture.command(fixture.interpreted(path, ...))
end

-- The command that runs spec/roles/ROLE.lua. Its arguments are numbers, paths and names, not code.
function fixture.role(role, ...)
  return fixture.interpreted("spec/roles/" .. role .. ".lua", ...)
end

function fixture.child(role, ...)
  return fixture.command(fixture.role(role, ...))
end

-- Networks.

local Network = {}
Network.__index = Network

-- Starts a command inside the network.
function Network:command(command)
  local inside = {"nsenter", "-t", self.holder.pid, "-n", "-m", "-w"}
  if not fixture.is_root() then table.move({"-U", "--preserve-credentials"}, 1, 2, 7, inside) end
  table.move(command, 1, #command, #inside + 1, inside)
  for _, field in ipairs({"input", "merge", "preload", "folder"}) do inside[field] = command[field] end
  return fixture.command(inside)
end

-- Starts a role inside the network.
function Network:child(role, ...)
  return self:command(fixture.role(role, ...))
end

-- A link on which everything is lost: connects to 192.0.2.* and 2001:db8::* never end.
local HOLE <const> = [[
ip link add hole type veth peer name sink
ip link set hole arp off up
ip link set sink up
ip addr add 192.0.2.254/24 dev hole
ip -6 addr add 2001:db8::ff/64 dev hole nodad]]

-- Names are what spec/roles/dns.lua says.
local function resolver_files()
  local files = {
    ["/etc/resolv.conf"] = "nameserver 127.0.0.1\n",
    ["/etc/hosts"] = "127.0.0.1 localhost\n",
  }
  local nsswitch = io.open("/etc/nsswitch.conf")
  if nsswitch then
    nsswitch:close()
    files["/etc/nsswitch.conf"] = "hosts: files dns\n"
  end
  return files
end

-- A network of its own, with loopback up: a namespace that lives until the test ends. Pending where
-- the machine does not let us have one. Options: `dns`, our name server (or the role of that name) and nothing else
-- for names; `hole`, addresses that never answer; `commands`, shell commands that its root runs first.
function fixture.network(options)
  fixture.need_command("unshare")
  local script = {"set -e", "ip link set lo up"}
  for path, text in pairs(options.dns and resolver_files() or {}) do
    script[#script + 1] = ("mount --bind %s %s"):format(fixture.quote(fixture.file(text)), path)
  end
  if options.hole then script[#script + 1] = HOLE end
  for _, command in ipairs(options.commands or {}) do script[#script + 1] = command end
  script[#script + 1] = "echo up; exec tail -f /dev/null"
  local unshare = fixture.is_root() and {"unshare", "-n", "-m"} or {"unshare", "-r", "-n", "-m"}
  table.move({"sh", "-c", table.concat(script, "\n")}, 1, 3, #unshare + 1, unshare)
  local holder = fixture.command(unshare)
  if holder:line() ~= "up" then
    fixture.lacking("no network of our own: " .. holder:errors():gsub("%s+$", ""))
  end
  local network = setmetatable({holder = holder}, Network)
  if options.dns then
    local dns = network:child(options.dns == true and "dns" or options.dns)
    if dns:line() ~= "ready" then error("the name server did not start: " .. dns:errors()) end
  end
  return network
end

return fixture
