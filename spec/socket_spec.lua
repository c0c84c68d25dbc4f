local fixture = require "spec.fixture"
local socket = require "pysocket"

local function keep(a, b) return fixture.keep(a), fixture.keep(b) end

describe("socket.socket", function()
  it("is AF_INET, SOCK_STREAM, 0 by default", function()
    local s <close> = socket.socket()
    assert.same({ socket.AF_INET, socket.SOCK_STREAM, 0 }, { s.family, s.type, s.proto })
  end)

  it("takes its arguments by name", function()
    local s <close> = socket.socket { family = socket.AF_INET, type = socket.SOCK_DGRAM }
    assert.same({ socket.AF_INET, socket.SOCK_DGRAM, 0 }, { s.family, s.type, s.proto })
  end)

  it("takes some by position and some by name", function()
    local s <close> = socket.socket(socket.AF_INET6, { type = socket.SOCK_DGRAM })
    assert.same({ socket.AF_INET6, socket.SOCK_DGRAM }, { s.family, s.type })
  end)

  it("refuses an option it does not know, naming it", function()
    fixture.refuses("bad argument #1 to 'socket' (unknown option 'famly')", socket.socket, { famly = 2 })
  end)

  it("refuses an option that was given by position too", function()
    fixture.refuses("option 'family' is given by position too", socket.socket, 2, { family = 2 })
  end)

  local refused = {
    { "a family that is no integer", { "x" }, "bad argument #1 to 'socket' (family must be an integer, got string)" },
    { "a type that is no integer", { 2, 1.5 }, "bad argument #2 to 'socket' (type must be an integer, got 1.5" },
    { "a proto beyond C int", { 2, 1, 1 << 40 }, "bad argument #3 to 'socket' (proto out of range" },
    { "a negative descriptor", { nil, nil, nil, -1 }, "negative file descriptor" },
    { "a descriptor that is no integer", { nil, nil, nil, "3" }, "bad argument #4 to 'socket' (fileno" },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      fixture.refuses(case[3], socket.socket, table.unpack(case[2], 1, 4))
    end)
  end

  local failing = {
    { "an unknown family", { 9999 }, "EAFNOSUPPORT" },
    { "a bad type", { socket.AF_INET, 77 }, "EINVAL", "ESOCKTNOSUPPORT" },
    { "a wrong proto", { socket.AF_INET, socket.SOCK_STREAM, 17 }, "EPROTONOSUPPORT" },
  }
  for _, case in ipairs(failing) do
    it("raises the system's error for " .. case[1], function()
      local err = fixture.raises(socket.error, socket.socket, table.unpack(case[2]))
      assert.truthy(err.name == case[3] or err.name == case[4], err.name)
    end)
  end

  it("is close-on-exec from birth", function()
    local s <close> = socket.socket()
    assert.is_false(s:get_inheritable())
  end)

  it("with SOCK_NONBLOCK has a timeout of 0, and the plain type", function()
    fixture.need_constant("SOCK_NONBLOCK")
    local s <close> = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    assert.equal(0, s:gettimeout())
    assert.equal(socket.SOCK_STREAM, s.type)
    assert.is_false(s:getblocking())
  end)

  it("is close-on-exec from birth, with SOCK_CLOEXEC or not", function()
    fixture.need_constant("SOCK_CLOEXEC")
    local a <close> = socket.socket()
    local b <close> = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    assert.is_false(a:get_inheritable())
    assert.is_false(b:get_inheritable())
    assert.equal(socket.SOCK_STREAM, b.type)
  end)
end)

describe("socket.socket{fileno}", function()
  it("adopts the descriptor and detects family, type and proto", function()
    local first = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    local fd = first:detach()
    local s <close> = socket.socket { fileno = fd }
    assert.equal(fd, s:fileno())
    assert.same({ socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_UDP }, { s.family, s.type, s.proto })
  end)

  it("keeps explicit values as they are", function()
    local fd = socket.socket():detach()
    local s <close> = socket.socket(77, 5, 99, fd)
    assert.same({ 77, 5, 99 }, { s.family, s.type, s.proto })
  end)

  it("raises EBADF for a closed descriptor, even when all is explicit", function()
    local s = socket.socket()
    local fd = s:fileno()
    s:close()
    local err = fixture.raises(socket.error, socket.socket, 2, 1, 0, fd)
    assert.equal("EBADF", err.name)
  end)

  it("raises ENOTSOCK for what is no socket, and leaves it open", function()
    local file <close> = assert(io.tmpfile())
    local core = require "pysocket.core"
    local err = fixture.raises(socket.error, socket.socket, { fileno = core.filedescriptor(file) })
    assert.equal("ENOTSOCK", err.name)
    assert.truthy(file:write("still open"))
  end)

  it("leaves a non-blocking descriptor so, with a timeout of nil", function()
    fixture.need_modes()
    local first = socket.socket()
    first:setblocking(false)
    local s <close> = socket.socket { fileno = first:detach() }
    assert.is_nil(s:gettimeout())
    fixture.raises(socket.BlockingIOError, function()
      s:bind({ "127.0.0.1", 0 })
      s:listen()
      s:accept()
    end)
  end)
end)

describe("attributes", function()
  for _, name in ipairs { "family", "type", "proto", "timeout", "anything" } do
    it(name .. " cannot be set", function()
      local s = fixture.socket()
      fixture.refuses("field '" .. name .. "' of a socket cannot be set", function() s[name] = 1 end)
    end)
  end

  it("timeout is what gettimeout gives", function()
    local s = fixture.socket()
    s:settimeout(2.5)
    assert.equal(2.5, s.timeout)
  end)

  it("an unknown one is nil", function() assert.is_nil(fixture.socket().unknown) end)

  it("sockets are compared by identity", function()
    local s = fixture.socket()
    assert.is_true(s == s)
    assert.is_false(s == fixture.socket())
  end)

  it("follow the timeout, whatever it was before", function()
    local s <close> = socket.socket()
    local timeouts = { 0, 2.5, 0, false, 2.5, 7, 0.0001, false, 1e9 }
    for n = 1, 100 do table.insert(timeouts, n) end
    for _, timeout in ipairs(timeouts) do
      s:settimeout(timeout or nil)
      assert.equal(timeout or nil, s.timeout)
      assert.equal(socket.AF_INET, s.family)
      assert.equal(socket.SOCK_STREAM, s.type)
    end
  end)

  it("give way to methods that are added to the class, or replaced", function()
    local class <const> = socket.SocketType
    local fileno <const> = class.fileno
    fixture.defer(function() class.fileno, class.whereabouts = fileno, nil end)
    for _, timeout in ipairs({ 0, 1, 0.0001, false }) do
      local s <close> = socket.socket()
      s:settimeout(timeout or nil)
      assert.is_nil(s.whereabouts)
      class.whereabouts = function() return "here" end
      class.fileno = function() return "none" end
      assert.equal("here", s:whereabouts())
      assert.equal("none", s:fileno())
      class.whereabouts, class.fileno = nil, fileno
    end
  end)
end)

describe("the class of sockets", function()
  it("lists its methods", function()
    local listed = {}
    for name, method in pairs(socket.SocketType) do listed[name] = method end
    assert.equal(socket.SocketType.recv, listed.recv)
    assert.equal(socket.SocketType.makefile, listed.makefile)
    assert.equal("socket.socket", listed.__name)
  end)

  it("takes no attribute", function()
    fixture.refuses("field 'family' of the class of sockets cannot be set", function() socket.SocketType.family = 1 end)
  end)

  it("is inherited from by a table", function()
    local Derived = setmetatable({}, { __index = socket.SocketType })
    assert.equal(socket.SocketType.send, Derived.send)
  end)

  it("reaches sockets that finalizers made meanwhile", function()
    assert.equal("true", fixture.child("finalized_sockets"):line())
  end)
end)

describe("tostring", function()
  it("shows descriptor, family, type, proto and addresses", function()
    local client, server = fixture.tcp_pair()
    local text = ("<socket.socket fd=%d, family=2, type=1, proto=0, laddr=%s, raddr=%s>"):format(
      client:fileno(), client:getsockname(), server:getsockname())
    assert.equal(text, tostring(client))
  end)

  it("leaves out what an unnamed AF_UNIX socket has not", function()
    fixture.need_unix()
    local a = fixture.pair()
    assert.equal(("<socket.socket fd=%d, family=1, type=1, proto=0>"):format(a:fileno()), tostring(a))
  end)

  it("shows an abstract name with '@'", function()
    fixture.need_abstract_names()
    local s = fixture.socket(socket.AF_UNIX)
    s:bind("")
    assert.truthy(tostring(s):find("laddr=@%x+>$"))
  end)

  it("of a closed socket says so", function()
    local s = fixture.socket()
    s:close()
    assert.equal("<socket.socket [closed] fd=-1, family=2, type=1, proto=0>", tostring(s))
  end)
end)

describe("timeouts", function()
  it("are nil by default, and seconds otherwise", function()
    local s <close> = socket.socket()
    assert.is_nil(s:gettimeout())
    assert.is_true(s:getblocking())
    s:settimeout(1.5)
    assert.equal(1.5, s:gettimeout())
    assert.is_true(s:getblocking())
    s:settimeout(0)
    assert.equal(0, s:gettimeout())
    assert.is_false(s:getblocking())
    s:settimeout(nil)
    assert.is_nil(s:gettimeout())
  end)

  local refused = {
    { "a negative one", -1, "out of range" },
    { "a tiny negative one", -1e-12, "out of range" },
    { "NaN", 0 / 0, "out of range" },
    { "infinity", math.huge, "too large" },
    { "more than the clock holds", 1e10, "too large" },
    { "a string", "1", "must be a number or nil, got string" },
  }
  for _, case in ipairs(refused) do
    it("refuse " .. case[1], function()
      local s = fixture.socket()
      fixture.refuses("bad argument #1 to 'settimeout' (timeout", s.settimeout, s, case[2])
      fixture.refuses(case[3], s.settimeout, s, case[2])
      fixture.refuses(case[3], socket.setdefaulttimeout, case[2])
    end)
  end

  it("are rounded away from zero: the smallest is no non-blocking mode", function()
    local s = fixture.socket()
    s:settimeout(1e-12)
    assert.equal(1e-9, s:gettimeout())
    assert.is_true(s:getblocking())
  end)

  it("-0.0 is 0", function()
    local s = fixture.socket()
    s:settimeout(-0.0)
    assert.is_false(s:getblocking())
  end)

  local flags = { { true, true }, { false, false }, { 1, true }, { 0, false }, { "x", true } }
  for _, case in ipairs(flags) do
    it(("setblocking(%s) makes getblocking %s"):format(case[1], case[2]), function()
      local s = fixture.socket()
      s:setblocking(case[1])
      assert.equal(case[2], s:getblocking())
    end)
  end

  it("of a closed socket are kept, but setting one raises EBADF", function()
    local s = fixture.socket()
    s:close()
    local err = fixture.raises(socket.error, s.settimeout, s, 3)
    assert.equal("EBADF", err.name)
    assert.equal(3, s:gettimeout())
  end)

  it("by default hold for sockets made afterwards, by every path", function()
    fixture.defer(socket.setdefaulttimeout, nil)
    socket.setdefaulttimeout(7)
    assert.equal(7, socket.getdefaulttimeout())
    local a, b = keep(socket.socketpair())
    local c <close> = socket.socket()
    local d <close> = socket.fromfd(c:fileno(), c.family, c.type)
    local e <close> = socket.socket { fileno = socket.dup(c:fileno()) }
    assert.same({ 7, 7, 7, 7, 7 }, { a.timeout, b.timeout, c.timeout, d.timeout, e.timeout })
    c:bind({ "127.0.0.1", 0 })
    c:listen()
    local client <close> = socket.create_connection(c:getsockname())
    local conn <close> = c:accept()
    assert.same({ 7, 7 }, { client.timeout, conn.timeout })
  end)
end)

describe("close", function()
  it("is harmless when repeated", function()
    local s = fixture.socket()
    s:close()
    s:close()
    assert.equal(-1, s:fileno())
  end)

  local calls = {
    recv = { 1 }, send = { "x" }, sendall = { "" }, accept = {}, listen = {}, getsockname = {}, getpeername = {},
    shutdown = { 2 }, getsockopt = { 1, 2 }, setsockopt = { 1, 2, 1 }, dup = {}, get_inheritable = {},
    set_inheritable = { true }, setblocking = { true }, recvfrom = { 1 }, bind = { { "127.0.0.1", 0 } },
    connect = { { "127.0.0.1", 1 } }, sendto = { "x", { "127.0.0.1", 1 } },
  }
  for name, arguments in pairs(calls) do
    it("makes " .. name .. " raise EBADF", function()
      local s = fixture.socket()
      s:close()
      local err = fixture.raises(socket.error, s[name], s, table.unpack(arguments))
      assert.equal(socket.EBADF, err.errno)
    end)
  end

  it("leaves what needs no descriptor", function()
    local s = fixture.socket()
    s:settimeout(3)
    s:close()
    assert.same({ 2, 1, 0, 3, true, -1, -1 }, {
      s.family, s.type, s.proto, s:gettimeout(), s:getblocking(), s:fileno(), s:detach(),
    })
    assert.equal("", s:recv(0))
    assert.equal(socket.EBADF, s:connect_ex({ "127.0.0.1", 1 }))
  end)

  it("is what a <close> variable does", function()
    local kept
    do
      local s <close> = socket.socket()
      kept = s
    end
    assert.equal(-1, kept:fileno())
  end)

  it("reports no error a second time", function()
    local s = socket.socket()
    socket.close(s:fileno())
    local err = fixture.raises(socket.error, s.close, s)
    assert.equal("EBADF", err.name)
    s:close()
  end)
end)

describe("an unclosed socket", function()
  local function warnings_of(options, code)
    local command = ("%s %s -e '%s' 2>&1"):format(fixture.quote(fixture.interpreter), options, code)
    local child <close> = assert(io.popen(command))
    return child:read("a")
  end

  it("is closed by the collector", function()
    local before = fixture.settled_descriptors()
    for _ = 1, 10 do socket.socket() end
    collectgarbage()
    collectgarbage()
    assert.same(before, fixture.descriptors())
  end)

  it("is warned about, once the script wants warnings", function()
    fixture.need_command("sh")
    local text = warnings_of("-W", [[local s = require "pysocket".socket() s = nil collectgarbage()]])
    assert.truthy(text:find("Lua warning: unclosed <socket.socket fd=", 1, true))
  end)

  it("is not warned about in a script that does not", function()
    fixture.need_command("sh")
    local text = warnings_of("", [[local s = require "pysocket".socket() s = nil collectgarbage()]])
    assert.equal("", text)
  end)

  it("is none when it was closed", function()
    fixture.need_command("sh")
    local text = warnings_of("-W", [[local s = require "pysocket".socket() s:close()]])
    assert.equal("", text)
  end)
end)

describe("detach", function()
  it("gives the descriptor and leaves it open", function()
    local s = fixture.socket()
    local fd = s:fileno()
    assert.equal(fd, s:detach())
    assert.equal(-1, s:fileno())
    assert.equal("closed socket", socket.type(s))
    socket.close(fd)
  end)
end)

describe("dup", function()
  it("gives a second socket on the same connection", function()
    local a, b = fixture.pair()
    local copy = fixture.keep(a:dup())
    assert.is_true(copy:fileno() ~= a:fileno())
    assert.same({ a.family, a.type, a.proto, a.timeout }, { copy.family, copy.type, copy.proto, copy.timeout })
    assert.is_false(copy:get_inheritable())
    a:close()
    copy:sendall("x")
    assert.equal("x", b:recv(1))
  end)

  it("makes the descriptor wait as the timeout says, whatever the copies did to it", function()
    local a = fixture.pair()
    a:settimeout(nil)
    fixture.keep(a:dup()):setblocking(false)
    local copy = fixture.keep(a:dup())
    local child = fixture.keep(socket.socket { fileno = socket.dup(copy:fileno()) })
    copy:settimeout(0.01)
    fixture.raises(socket.timeout, copy.recv, copy, 1)
    assert.is_nil(child:gettimeout())
  end)

  it("of the module duplicates a descriptor, close-on-exec", function()
    local a = fixture.pair()
    local s <close> = socket.socket { fileno = socket.dup(a:fileno()) }
    assert.is_false(s:get_inheritable())
    assert.equal("EBADF", fixture.raises(socket.error, socket.dup, 9999).name)
  end)
end)

describe("fromfd", function()
  it("never closes the caller's descriptor", function()
    local a, b = fixture.pair()
    local copy = socket.fromfd(a:fileno(), a.family, a.type)
    copy:close()
    a:sendall("x")
    assert.equal("x", b:recv(1))
  end)

  it("makes nothing non-blocking where the type is to be detected", function()
    fixture.need_modes()
    local a = fixture.pair()
    local copy <close> = socket.fromfd(a:fileno(), -1, -1, -1)
    assert.same({ a.family, a.type, a.proto }, { copy.family, copy.type, copy.proto })
    assert.is_nil(copy:gettimeout())
  end)

  it("raises EBADF and ENOTSOCK, and leaves nothing open", function()
    local before = fixture.settled_descriptors()
    assert.equal("EBADF", fixture.raises(socket.error, socket.fromfd, 9999, 2, 1).name)
    local file <close> = assert(io.tmpfile())
    local fd = require("pysocket.core").filedescriptor(file)
    assert.equal("ENOTSOCK", fixture.raises(socket.error, socket.fromfd, fd, 2, 1).name)
    file:close()
    assert.same(before, fixture.descriptors())
  end)
end)

describe("module close", function()
  it("closes a descriptor", function()
    local fd = socket.socket():detach()
    socket.close(fd)
    assert.equal("EBADF", fixture.raises(socket.error, socket.close, fd).name)
  end)

  it("refuses nil", function() fixture.refuses("bad argument #1 to 'close'", socket.close, nil) end)
end)

describe("inheritance", function()
  it("is off, can be turned on and off", function()
    local s = fixture.socket()
    assert.is_false(s:get_inheritable())
    s:set_inheritable(true)
    assert.is_true(s:get_inheritable())
    s:set_inheritable(false)
    assert.is_false(s:get_inheritable())
  end)
end)

describe("socketpair", function()
  it("gives two connected stream sockets, of AF_UNIX where there is that", function()
    local a, b = keep(socket.socketpair())
    a:sendall("x")
    assert.equal("x", b:recv(1))
    local family = fixture.has_unix() and socket.AF_UNIX or socket.AF_INET
    assert.same({ family, socket.SOCK_STREAM, 0 }, { a.family, a.type, a.proto })
  end)

  it("honours SOCK_NONBLOCK", function()
    fixture.need_constant("SOCK_NONBLOCK")
    local a, b = keep(socket.socketpair(nil, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK))
    assert.same({ 0, 0, socket.SOCK_DGRAM }, { a.timeout, b.timeout, a.type })
  end)

  it("raises the system's error for AF_INET", function()
    fixture.need_unix() -- otherwise the library makes pairs of AF_INET by itself
    local err = fixture.raises(socket.error, socket.socketpair, socket.AF_INET)
    assert.equal("EOPNOTSUPP", err.name)
  end)
end)

describe("type", function()
  it("is like io.type", function()
    local s = fixture.socket()
    assert.equal("socket", socket.type(s))
    s:close()
    assert.equal("closed socket", socket.type(s))
    assert.is_nil(socket.type(io.stdout))
    assert.is_nil(socket.type(nil))
  end)
end)

describe("a wrong self", function()
  for _, name in ipairs { "close", "recv", "fileno", "bind", "settimeout", "getsockopt", "detach" } do
    it("is refused by " .. name, function()
      local text = "calling '" .. name .. "' on bad self (socket expected, got "
      fixture.refuses(text .. "FILE*)", socket.socket[name], io.stdout)
      fixture.refuses(text .. "no value)", socket.socket[name])
    end)
  end
end)

describe("the module", function()
  it("sets no global", function()
    local child = fixture.command({
      fixture.interpreter,
      "-e",
      [[local n = {} for k in pairs(_G) do n[k] = true end
        require "pysocket" for k in pairs(_G) do if not n[k] then print(k) end end]],
      merge = true,
      preload = true,
    })
    assert.equal("", child:rest())
  end)
end)

describe("SO_LINGER and a peer that does not read", function()
  for _, way in ipairs({ "own", "inherited", "adopted", "duplicate", "descriptor", "file", "collected" }) do
    it("hold no other task while a connection is closed, and nothing is lost: " .. way, function()
      assert.equal(way .. "\ttrue\n", fixture.child("linger", way):rest())
    end)
  end

  it("let a listener go at once", function()
    local listener, address = fixture.listener()
    listener:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack(fixture.LINGER, 1, 30000))
    require("pysocket.loop").run(function()
      listener:close()
      fixture.socket():bind(address)
    end)
  end)
end)
