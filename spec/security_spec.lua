-- What must not leak out of the process, and what must not come in.

local fixture = require "spec.fixture"
local socket = require "pysocket"

describe("a child process", function()
  it("has none of the descriptors that we made", function()
    fixture.need_posix("no program tells what it was given")
    local child = fixture.child("security", "inheritance")
    assert.equal("none\n", child:rest())
    assert.equal("", child:errors())
    assert.equal(0, child:wait())
  end)
end)

describe("the module", function()
  -- What a program prints of the file.
  local function told(...)
    fixture.need_command((...))
    local words = {...}
    words[#words + 1] = assert(package.searchpath("pysocket.core", package.cpath))
    local child = fixture.command(words)
    return child:rest()
  end

  it("has its tables of functions read-only before its code runs", function()
    assert.matches("GNU_RELRO", told("readelf", "-lW"))
    assert.matches("Flags: [^\n]*NOW", told("readelf", "-dW"))
  end)

  it("notices a stack that is written over", function()
    assert.matches(" U __stack_chk_fail", told("nm", "-D"))
  end)

  it("has the C library check sizes", function()
    fixture.need_glibc("it checks none")
    if fixture.SANITIZED then fixture.lacking("a sanitizer checks them") end
    if os.getenv("PYSOCKET_COVER") then fixture.lacking("only optimized code is checked") end
    assert.matches(" U __[%l_]+_chk@", told("nm", "-D"))
  end)
end)

-- The system calls by which descriptors are made, and what each has to say at that.
local BIRTHS <const> = {
  socket = "SOCK_CLOEXEC", socketpair = "SOCK_CLOEXEC", accept4 = "SOCK_CLOEXEC", epoll_create1 = "EPOLL_CLOEXEC",
  eventfd2 = "EFD_CLOEXEC", recvmsg = "MSG_CMSG_CLOEXEC", pipe2 = "O_CLOEXEC", timerfd_create = "TFD_CLOEXEC",
  signalfd4 = "SFD_CLOEXEC", inotify_init1 = "IN_CLOEXEC", memfd_create = "MFD_CLOEXEC",
}

-- Calls that make descriptors which are not close-on-exec from birth.
local NEVER <const> = {"dup", "dup2", "accept", "epoll_create", "eventfd", "pipe", "execve", "execveat", "vfork", "fork"}

local function trace()
  fixture.need_command("strace")
  if (os.getenv("LD_PRELOAD") or ""):find("san") then fixture.lacking("a sanitizer cannot be traced") end
  local log = fixture.path()
  local command = fixture.role("security", "scenes")
  local strace = {"strace", "-ff", "-qq", "-o", log, "-e", "trace=desc,network,process", "-e", "signal=none", "-e", "abbrev=none"}
  table.move(command, 1, #command, #strace + 1, strace)
  local child = fixture.command(strace)
  child:rest()
  local errors = child:errors()
  if errors:find("ptrace", 1, true) then fixture.lacking("nothing can be traced here") end
  assert.equal("", errors)
  assert.equal(0, child:wait())
  -- a file for each thread: no call is cut in two
  local pipe <close> = assert(io.popen(("cat %s.* && rm -f %s.*"):format(fixture.quote(log), fixture.quote(log))))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  return lines
end

-- How many programs are started until the interpreter runs: it may be that of another processor, and have an emulator.
local function starts()
  local log, count = fixture.path(), 0
  local child = fixture.command({"strace", "-qq", "-o", log, "-e", "trace=execve", fixture.interpreter, "-e", ""})
  assert.equal(0, child:wait(), child:errors())
  for _ in io.lines(log) do count = count + 1 end
  return count
end

describe("everything we do", function()
  local calls = {} -- the lines of each system call

  local function load()
    if next(calls) then return end
    for _, line in ipairs(trace()) do
      local name = line:match("^([%w_]+)%(")
      if name then
        calls[name] = calls[name] or {}
        table.insert(calls[name], line)
      end
    end
  end

  it("makes descriptors that are close-on-exec from birth", function()
    load()
    local bad, seen = {}, 0
    for name, flag in pairs(BIRTHS) do
      for _, line in ipairs(calls[name] or {}) do
        -- without room for descriptors there are none; the resolver's own netlink socket is the C library's business
        local none = line:find("msg_controllen=0", 1, true) or line:find("msg_name={sa_family=AF_NETLINK", 1, true)
        if not none and not line:find(flag, 1, true) then bad[#bad + 1] = line end
        seen = seen + 1
      end
    end
    for _, line in ipairs(calls.fcntl or {}) do
      if line:find("F_DUPFD,", 1, true) then bad[#bad + 1] = line end
    end
    assert.equal("", table.concat(bad, "\n"))
    assert.is_true(seen > 50)
  end)

  it("starts no program", function()
    load()
    local bad, first = {}, starts()
    for _, name in ipairs(NEVER) do
      for i, line in ipairs(calls[name] or {}) do
        if name ~= "execve" or i > first then bad[#bad + 1] = line end
      end
    end
    for _, name in ipairs({"clone", "clone3"}) do
      for _, line in ipairs(calls[name] or {}) do
        if not line:find("CLONE_THREAD", 1, true) then bad[#bad + 1] = line end
      end
    end
    assert.equal("", table.concat(bad, "\n"))
  end)
end)

describe("the core", function()
  local function symbols()
    fixture.need_command("nm")
    if os.getenv("PYSOCKET_COVER") then fixture.lacking("what counts lines asks for more") end
    local core = assert(package.searchpath("pysocket.core", package.cpath))
    local pipe <close> = assert(io.popen("LD_PRELOAD= nm -D --undefined-only " .. fixture.quote(core)))
    local found = {}
    for line in pipe:lines() do found[line:match("([%w_]+)[@%w_.]*$")] = true end
    assert.is_true(found.lua_gettop)
    return found
  end

  local unwanted = {
    "getenv", "secure_getenv", "setenv", "putenv", "environ", "system", "popen", "fork", "vfork", "posix_spawn", "execve", "execvp",
    "execl", "signal", "sigaction", "exit", "_exit", "abort", "printf", "puts", "perror", "gethostbyname", "strcpy", "strcat",
    "sprintf", "gets", "inet_ntoa", "strtok", "tmpnam",
  }

  it("asks for no function that runs programs, reads the environment, prints, ends the process or changes signals", function()
    local found, there = symbols(), {}
    for _, name in ipairs(unwanted) do
      if found[name] then there[#there + 1] = name end
    end
    assert.equal("", table.concat(there, " "))
  end)
end)

describe("the Lua layer", function()
  it("runs no program, reads no environment, prints nothing and ends nothing", function()
    local init = assert(package.searchpath("pysocket", package.path))
    fixture.need_command("find")
    local folder = init:match("^(.*)/init%.lua$")
    local pipe <close> = assert(io.popen("find " .. fixture.quote(folder) .. " -name '*.lua'"))
    local bad, files = {}, 0
    for path in pipe:lines() do
      files = files + 1
      for line in io.lines(path) do
        local code = line:gsub("%-%-.*$", "")
        if code:find("os%.%a") or code:find("io%.popen") or code:find("%f[%w_.]print%f[^%w_]%(") or code:find("%f[%w_]load%(") then
          bad[#bad + 1] = path .. ": " .. line
        end
      end
    end
    assert.equal("", table.concat(bad, "\n"))
    assert.is_true(files > 15)
  end)
end)

describe("a zero inside of a name", function()
  local unix = fixture.path

  -- It is refused by an error for which `refuses(err)` holds, and never cut there.
  local function is_refused(cases, kind, refuses)
    for _, case in ipairs(cases) do
      local name, f = table.unpack(case)
      it(("is %s, not a reason to cut it: %s"):format(kind, name), function()
        local s = fixture.socket()
        if name:find("^a path") then fixture.need_unix() end
        if name == "a host name to set" then fixture.need_constant("sethostname") end
        local ok, err = pcall(f, s)
        assert.is_false(ok)
        assert.is_true(refuses(err), tostring(err))
      end)
    end
  end

  is_refused({
    {"a host to connect to", function(s) s:connect({"127.0.0.1\0.evil", 80}) end},
    {"a host to bind to", function(s) s:bind({"\0", 0}) end},
    {"a host to send to", function(s) s:sendto("x", {"127.0.0.1\0", 80}) end},
    {"a host of sendmsg", function(s) s:sendmsg({"x"}, nil, 0, {"127.0.0.1\0", 80}) end},
    {"a host of IPv6", function() fixture.socket(socket.AF_INET6):connect({"::1\0", 80}) end},
    {"a host of create_connection", function() socket.create_connection({"127.0.0.1\0", 80}) end},
    {"a service of create_connection", function() socket.create_connection({"127.0.0.1", "80\0x"}) end},
    {"a host of getaddrinfo", function() socket.getaddrinfo("127.0.0.1\0x", 80) end},
    {"a service of getaddrinfo", function() socket.getaddrinfo("127.0.0.1", "80\0x") end},
    {"a host of gethostbyname", function() socket.gethostbyname("localhost\0x") end},
    {"a host of gethostbyname that begins with it", function() socket.gethostbyname("\0x") end},
    {"a host of gethostbyname_ex", function() socket.gethostbyname_ex("localhost\0x") end},
    {"a host of gethostbyaddr", function() socket.gethostbyaddr("127.0.0.1\0x") end},
    {"a host of getnameinfo", function() socket.getnameinfo({"127.0.0.1\0x", 80}, 0) end},
  }, "a gaierror", function(err) return socket.isinstance(err, socket.gaierror) end)

  is_refused({
    {"a host of create_server", function() socket.create_server({"127.0.0.1\0", 0}) end},
    {"a name of getservbyname", function() socket.getservbyname("http\0x") end},
    {"a protocol of getservbyname", function() socket.getservbyname("http", "tcp\0x") end},
    {"a protocol of getservbyport", function() socket.getservbyport(80, "tcp\0x") end},
    {"a name of getprotobyname", function() socket.getprotobyname("tcp\0x") end},
    {"a name of if_nametoindex", function() socket.if_nametoindex("lo\0x") end},
    {"an address of inet_aton", function() socket.inet_aton("127.0.0.1\0x") end},
    {"an address of inet_pton", function() socket.inet_pton(socket.AF_INET, "127.0.0.1\0x") end},
  }, "an OSError", function(err) return socket.isinstance(err, socket.OSError) end)

  is_refused({
    {"a host name to set", function() socket.sethostname("x\0y") end},
    {"a path to bind to", function() fixture.socket(socket.AF_UNIX):bind(unix() .. "\0.sock") end},
    {"a path to connect to", function() fixture.socket(socket.AF_UNIX):connect(unix() .. "\0.sock") end},
    {"an interface of a packet socket", function()
      require "pysocket.core".address_roundtrip(socket.AF_PACKET, 0, {"lo\0x", 0})
    end},
    {"a CAN interface", function() require "pysocket.core".address_roundtrip(socket.AF_CAN, 1, {"lo\0x"}) end},
    {"a cipher of the kernel", function() require "pysocket.core".address_roundtrip(socket.AF_ALG, 0, {"hash", "sha1\0x"}) end},
    {"a mode of a file", function(s) s:makefile("rb\0") end},
  }, "a bad argument", function(err) return tostring(err):find("bad argument", 1, true) ~= nil end)

  it("stays in a name of which getfqdn finds no other", function()
    assert.equal("localhost\0x", socket.getfqdn("localhost\0x"))
  end)

  it("is part of an abstract AF_UNIX name", function()
    fixture.need_abstract_names()
    local s = fixture.socket(socket.AF_UNIX)
    local name = ("\0pysocket\0%d"):format(s:fileno()) .. fixture.path()
    s:bind(name)
    assert.equal(name, s:getsockname())
  end)
end)
