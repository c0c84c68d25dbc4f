-- All that the module can do, as scenes: functions by name that need nothing, leave nothing, and do the same each time. What
-- they get is checked, so that a run under failures, signals or threads also shows that nothing was lost.

local loop = require "pysocket.loop"
local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

local LOOPBACK <const> = "127.0.0.1"
local PATIENCE <const> = 20
local LINGER <const> = package.config:sub(1, 1) == "/" and "ii" or "HH" -- the value of SO_LINGER
local CHUNK <const> = ("0123456789abcdef"):rep(512)

local scenes = {}

local function pair(type)
  local a, b = socket.socketpair(nil, type or socket.SOCK_STREAM)
  a:settimeout(PATIENCE)
  b:settimeout(PATIENCE)
  return a, b
end

local function listener()
  local s = socket.create_server({LOOPBACK, 0})
  s:settimeout(PATIENCE)
  return s, s:getsockname()
end

-- It raises an error of that class.
local function raises(class, f, ...)
  local ok, err = pcall(f, ...)
  if ok then error("it raised nothing", 2) end
  if not socket.isinstance(err, class) then error(err, 0) end
  assert(#tostring(err) > 0)
  return err
end

local function refuses(f, ...)
  local ok, err = pcall(f, ...)
  if ok then error("it raised nothing", 2) end
  if not tostring(err):find("bad argument", 1, true) then error(err, 0) end
end

function scenes.stream()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  a:sendall("hello")
  assert(b:recv(100) == "hello")
  assert(a:send(CHUNK) == #CHUNK)
  assert(b:recv(#CHUNK, socket.MSG_WAITALL) == CHUNK)
  local buffer = socket.bytearray(10)
  a:sendall(socket.bytearray("hello"))
  assert(b:recv_into(buffer:view(3, 7)) == 5 and buffer:sub(3, 7) == "hello")
  a:shutdown(socket.SHUT_WR)
  assert(b:recv(1) == "")
end

function scenes.datagrams()
  local a, b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  local _ <close> = a
  local _ <close> = b
  for _, s in ipairs({a, b}) do
    s:settimeout(PATIENCE)
    s:bind({LOOPBACK, 0})
  end
  assert(a:sendto("hello", b:getsockname()) == 5)
  local data, from, cut = b:recvfrom(4)
  assert(data == "hell" and from == a:getsockname() and cut)
  assert(a:sendto("hello", 0, {"localhost", b:getsockname().port}) == 5)
  local n, sender = b:recvfrom_into(socket.bytearray(100))
  assert(n == 5 and sender.port == a:getsockname().port and tostring(sender):find(LOOPBACK, 1, true))
end

function scenes.connection()
  local server <close>, address = listener()
  local client <close> = socket.create_connection(address, PATIENCE)
  local conn <close>, from = server:accept()
  conn:settimeout(PATIENCE)
  assert(from == client:getsockname() and conn:getpeername() == from and client:getpeername() == address)
  client:sendall("x")
  assert(conn:recv(1) == "x")
  client:setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, true)
  assert(client:getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) ~= 0)
  assert(#client:getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.packsize(LINGER)) == string.packsize(LINGER))
  conn:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack(LINGER, 1, 0))
  assert(tostring(client):find("raddr", 1, true))
end

function scenes.racing()
  local server <close>, address = listener()
  local client <close> = socket.create_connection({"localhost", address.port}, {timeout = PATIENCE, source_address = {"", 0}})
  server:accept():close()
  assert(client:getpeername().port == address.port)
end

function scenes.refusal()
  local s, t = socket.socket(), socket.socket()
  local _ <close> = s
  local _ <close> = t
  s:bind({LOOPBACK, 0})
  local address = s:getsockname()
  raises(socket.ConnectionRefusedError, t.connect, t, address)
  raises(socket.ExceptionGroup, socket.create_connection, address, {all_errors = true, timeout = PATIENCE})
  raises(socket.error, socket.create_server, address)
  local other <close> = socket.socket()
  assert(other:connect_ex(address) == socket.errno.ECONNREFUSED)
end

function scenes.failures()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  a:settimeout(0)
  raises(socket.BlockingIOError, a.recv, a, 10)
  a:settimeout(1e-6)
  raises(socket.timeout, a.recv, a, 10)
  local data, err = socket.protect(a.recv)(a, 10)
  assert(data == nil and socket.isinstance(err, socket.timeout))
  assert(not socket.protect(a.recvmsg)(a, 10, 100))
  b:close()
  assert(a:recv(10) == "")
  a:shutdown(socket.SHUT_WR) -- a pair of TCP would take a byte more
  raises(socket.BrokenPipeError, a.sendall, a, "x")
  refuses(a.send, a, {})
  refuses(a.connect, a, 5)
  refuses(socket.socket, {color = 1})
  raises(socket.error, b.recv, b, 1)
  raises(socket.error, socket.socket, 9999)
  raises(socket.error, socket.getservbyname, "no such service")
  raises(socket.gaierror, socket.getaddrinfo, "1.2.3.4.5", 1, {flags = socket.AI_NUMERICHOST})
end

-- Closes the descriptors in its field 'fds', one of which it has room for.
local function keep()
  return setmetatable({fds = {false}}, {__close = function(self)
    for _, fd in ipairs(self.fds) do
      if fd then socket.close(fd) end
    end
  end})
end

function scenes.messages()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  a:sendmsg({"ab", "cd"})
  local one, two = socket.bytearray(1), socket.bytearray(10)
  assert(b:recvmsg_into({one, two}) == 4 and tostring(one) == "a" and two:sub(1, 3) == "bcd")
  if not socket.SCM_RIGHTS then return end
  local control = {{socket.SOL_SOCKET, socket.SCM_RIGHTS, string.pack("i", a:fileno())}}
  assert(a:sendmsg({"he", socket.bytearray("llo")}, control) == 5)
  local got <close> = keep()
  local data, items, flags = b:recvmsg(10, socket.CMSG_SPACE(4))
  got.fds[1] = string.unpack("i", items[1][3])
  assert(data == "hello" and #items == 1 and flags & socket.MSG_CTRUNC == 0)
  assert(socket.send_fds(a, {"x"}, {a:fileno(), b:fileno()}) == 1)
  local received <close> = keep()
  local _, fds = socket.recv_fds(b, 10, 2)
  received.fds = fds
  assert(#fds == 2 and fds[1] ~= fds[2])
end

function scenes.lookups()
  assert(#socket.getaddrinfo(LOOPBACK, 80) > 0)
  assert(#socket.getaddrinfo("localhost", "http", socket.AF_INET, socket.SOCK_STREAM) > 0)
  assert(socket.gethostbyname("localhost") == LOOPBACK)
  assert(socket.gethostbyname_ex("localhost"))
  assert(socket.gethostbyaddr(LOOPBACK))
  local host, port = socket.getnameinfo({LOOPBACK, 80}, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
  assert(host == LOOPBACK and port == "80")
  assert(socket.getfqdn("localhost"))
  assert(socket.getservbyname("http", "tcp") == 80 and socket.getservbyport(80) == "http")
  assert(socket.getprotobyname("tcp") == 6)
end

function scenes.conversions()
  assert(socket.inet_ntoa(socket.inet_aton("127.1")) == LOOPBACK)
  assert(socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "::1")) == "::1")
  assert(socket.ntohs(socket.htons(1)) == 1 and socket.ntohl(socket.htonl(1)) == 1)
  local name = socket.if_nameindex()[1].name
  assert(socket.if_indextoname(socket.if_nametoindex(name)) == name)
  assert(#socket.gethostname() > 0 and socket.CMSG_LEN(4) < socket.CMSG_SPACE(5))
  local b = socket.bytearray("hello")
  b:set(1, "J")
  b[5] = 33
  assert(tostring(b) == "Jell!" and #b == 5 and b[1] == 74 and b:view(2, 3) == socket.bytearray("el"))
end

function scenes.copies()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  local copy, other = a:dup(), socket.fromfd(a:fileno(), a.family, a.type)
  local _ <close> = copy
  local _ <close> = other
  local given <close> = keep()
  given.fds[1] = socket.dup(a:fileno())
  local mine <close> = socket.socket({fileno = given.fds[1]})
  given.fds[1] = false
  for _, s in ipairs({a, copy, other, mine}) do s:sendall("x") end
  assert(b:recv(10) == "xxxx" and not copy:get_inheritable())
  copy:set_inheritable(true)
  socket.close(copy:detach())
end

function scenes.forgotten()
  for _ = 1, 2 do
    local a, b = pair()
    local f = a:makefile("rwb")
    f:write("unsent")
    local p = (select.epoll or select.poll)()
    assert(b and p)
  end
  collectgarbage()
  collectgarbage()
end

function scenes.files()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  local w, r = a:makefile("wb"), b:makefile("rb")
  local _ <close> = w
  local _ <close> = r
  w:write("one\n", "two\n", 3, "\n"):flush()
  assert(r:read("l") == "one" and r:readline() == "two\n" and r:read("n") == 3 and r:read(1) == "\n")
  w:writelines({"a\n", "b\n", CHUNK, "\n"})
  w:flush()
  assert(r:peek(1):sub(1, 1) == "a" and r:read("l", "L") == "a")
  assert(#r:read("l") == #CHUNK)
  w:close()
  a:close()
  assert(r:read("a") == "" and r:read("l") == nil)
end

function scenes.text()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  a:sendall("one\r\ntw\xC3\xB6\rthree\n")
  a:close()
  local lines = {}
  local r <close> = b:makefile("r", {encoding = "utf-8", limit = 100})
  for line in r:lines() do lines[#lines + 1] = line end
  assert(table.concat(lines, "|") == "one|tw\xC3\xB6|three")
end

function scenes.both()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  local f <close> = a:makefile("rw", {newline = "\r\n"})
  f:write("one\n", CHUNK, "\n", 12, "\n")
  b:sendall("answer\r\nthree;5\r\nab")
  assert(f:read("l") == "answer" and f:readuntil(";") == "three;" and f:readexactly(1) == "5")
  local r <close> = b:makefile("rb")
  f:flush()
  local first, rest, number = r:read("l", #CHUNK + 2, "n")
  assert(first == "one\r" and #rest == #CHUNK + 2 and number == 12)
  b:shutdown(socket.SHUT_WR)
  assert(f:read("l") == "" and not pcall(f.readexactly, f, 3))
end

function scenes.repaired()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  a:sendall(("\xFFa\r\n"):rep(100))
  a:close()
  local r <close> = b:makefile("r", {encoding = "utf-8", errors = "replace"})
  assert(r:read("l") == "\u{FFFD}a" and #r:readlines(50) == 11 and #r:read("a") == 88 * 5)
end

function scenes.raw()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  local w, r = a:makefile("wb", 0), b:makefile("rb", 0)
  local _ <close> = w
  local _ <close> = r
  assert(w:write("hello") == 5)
  assert(r:readinto(socket.bytearray(2)) == 2 and r:read(3) == "llo")
end

local path = os.tmpname()
if path:sub(1, 1) == "\\" then path = os.getenv("TEMP") .. path end -- on Windows
do
  local f <close> = assert(io.open(path, "wb"))
  f:write(CHUNK)
end

function scenes.sendfile()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  local file <close> = assert(io.open(path, "rb"))
  assert(a:sendfile(file, {offset = 10, count = 1000}) == 1000)
  assert(b:recv(2000) == CHUNK:sub(11, 1010) and file:seek() == 1010)
  local from = {rest = "hello"}
  function from:read(n)
    local piece = self.rest:sub(1, n)
    self.rest = self.rest:sub(n + 1)
    return piece
  end
  assert(a:sendfile(from) == 5 and b:recv(10) == "hello")
end

function scenes.select()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  a:send("x")
  local r, w, x = select.select({b}, {a}, {a}, PATIENCE)
  assert(r[1] == b and w[1] == a and #x == 0)
  local p = select.poll()
  p:register(b, select.POLLIN)
  assert(p:poll(PATIENCE * 1000)[1][1] == b:fileno())
  if not select.epoll then return end
  local e <close> = select.epoll()
  e:register(b, select.EPOLLIN)
  assert(#e:poll(PATIENCE) == 1)
  e:modify(b, select.EPOLLOUT)
  e:unregister(b)
end

function scenes.selectors()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  a:send("x")
  for _, class in ipairs({selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector}) do
    local s <close> = class()
    s:register(b, selectors.EVENT_READ, "data")
    local ready = s:select(PATIENCE)
    assert(ready[1][1].data == "data" and s:get_key(b).fd == b:fileno() and #s:get_map() == 1)
    s:modify(b, selectors.EVENT_READ | selectors.EVENT_WRITE)
    s:unregister(b)
  end
end

function scenes.tasks()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  local got = loop.run(function()
    local reader = loop.spawn(function()
      local r <close> = b:makefile("rb")
      return r:read("l")
    end)
    local writer = loop.spawn(function()
      loop.sleep(0)
      a:sendall("hel")
      loop.sleep(0.001)
      a:sendall("lo\n")
    end)
    writer:join()
    return reader:join()
  end)
  assert(got == "hello")
end

function scenes.task_errors()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  loop.run(function()
    local stuck = loop.spawn(function() b:recv(1) end)
    local failing = loop.spawn(function() error("no") end)
    assert(not pcall(failing.join, failing))
    raises(socket.timeout, stuck.join, stuck, 0.001)
    stuck:cancel()
    assert(not pcall(stuck.join, stuck) and stuck:status() == "cancelled")
    raises(socket.timeout, loop.running().timeout_after, loop.running(), 0.001, function() a:recv(1) end)
    assert(socket.gethostbyname("localhost") == LOOPBACK)
    local server <close>, address = listener()
    local client = socket.create_connection({"localhost", address.port})
    local _ <close> = client
    server:accept():close()
    local gen = loop.wrap(function()
      loop.sleep(0)
      coroutine.yield(1)
    end)
    assert(gen() == 1)
  end)
end




function scenes.many_tasks()
  loop.run(function()
    local tasks, sum = {}, 0
    for i = 1, 8 do
      tasks[i] = loop.spawn(function()
        local a, b = pair()
        local _ <close> = a
        local _ <close> = b
        a:sendall(tostring(i))
        loop.sleep(0)
        return tonumber(b:recv(10))
      end)
    end
    for _, t in ipairs(tasks) do sum = sum + t:join() end
    assert(sum == 36)
  end)
end

function scenes.groups()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  loop.run(function()
    do
      local group <close> = loop.group()
      local reader = group:spawn(b.recv, b, 5)
      group:spawn(a.sendall, a, "hello")
      assert(reader:join() == "hello")
    end
    local err = raises(socket.ExceptionGroup, function()
      local group <close> = loop.group()
      group:spawn(function()
        local _ <close> = setmetatable({}, {__close = function() error("second") end})
        b:recv(1)
      end)
      group:spawn(error, "first")
      loop.sleep(PATIENCE)
    end)
    assert(#err.exceptions == 2)
    assert(not pcall(function()
      local group <close> = loop.group()
      group:spawn(error)
      loop.sleep(PATIENCE)
    end))
  end)
end

-- Tasks that wait for one another; the group ends them all when one has failed.
function scenes.queues()
  local sum = loop.run(function()
    local total = 0
    local queue, event, lock, places = loop.queue(1), loop.event(), loop.lock(), loop.semaphore(2)
    local changed = loop.condition(lock)
    do
      local group <close> = loop.group()
      for i = 1, 3 do
        group:spawn(function()
          event:wait()
          local _ <close> = places:acquire()
          queue:put(i)
        end)
      end
      group:spawn(function()
        event:set()
        for _ = 1, 3 do
          local item = queue:get()
          local _ <close> = lock:acquire()
          total = total + item
          changed:notify()
        end
      end)
      local _ <close> = changed:acquire()
      changed:wait_for(function() return total == 6 end)
    end
    queue:close()
    assert(queue:get() == nil)
    return total
  end)
  assert(sum == 6)
end

-- A full queue, in which one task puts an item when another gets one. A lack of memory loses no item and no place.
function scenes.exchange()
  local queue, got, item, put = loop.queue(1), nil, nil, nil
  loop.run(function()
    queue:put("one")
    local putter = loop.spawn(function() put = pcall(queue.put, queue, "two") end)
    loop.sleep(0)
    local getter = loop.spawn(function() got, item = pcall(queue.get, queue) end)
    pcall(getter.join, getter)
    for _ = 1, 2 do loop.sleep(0) end
    if putter:status() == "waiting" and not queue:full() then error("the wake of a task is lost", 0) end
    putter:cancel()
  end)
  if got == nil or put == nil and queue:qsize() == 1 then return end -- a task had no memory to begin
  local count = (got and 1 or 0) + queue:qsize()
  if count ~= 1 + (put and 1 or 0) or got and item ~= "one" then error("an item is lost", 0) end
end

function scenes.server()
  loop.run(function()
    local listening, address = listener()
    local _ <close> = listening
    local _ <close> = loop.serve(listening, function(conn)
      conn:sendall(conn:recv(10):upper())
    end, {limit = 2, timeout = PATIENCE, onerror = function() end})
    local group <close> = loop.group()
    for i = 1, 3 do
      group:spawn(function()
        local client <close> = socket.create_connection({LOOPBACK, address.port})
        client:settimeout(1)
        client:sendall("hello" .. i)
        assert(client:recv(10) == "HELLO" .. i)
      end)
    end
  end)
end

-- A connection whose task has no memory ends alone: a server that has served one goes on.
function scenes.connections()
  local was_served, status
  loop.run(function()
    local listening, address = listener()
    local _ <close> = listening
    local server <close> = loop.serve(listening, function(conn) conn:sendall("x") end, {onerror = function() end})
    local function ask()
      local client <close> = socket.create_connection({LOOPBACK, address.port})
      client:settimeout(0.2)
      was_served = client:recv(1) == "x" or was_served
      loop.sleep(0)
    end
    for _ = 1, 3 do pcall(ask) end
    status = server.task:status()
  end)
  if was_served and status ~= "waiting" and status ~= "ready" then error("a server is lost", 0) end
  assert(was_served)
end

function scenes.relay()
  local a, b = pair()
  local c, d = pair()
  local sockets <close> = setmetatable({a, b, c, d}, {__close = function(self)
    for _, s in ipairs(self) do s:close() end
  end})
  assert(sockets)
  loop.run(function()
    local group <close> = loop.group()
    local relay = group:spawn(socket.relay, b, c, {timeout = PATIENCE})
    local one = loop.first(function() return d:recv(5) end, function()
      a:sendall("hello")
      loop.sleep(PATIENCE)
    end)
    assert(one == "hello")
    a:shutdown(socket.SHUT_WR)
    d:close()
    relay:join()
  end)
end

-- A loop goes on after a lack of memory: each task ends, by itself or by an error, for none waits for another.
function scenes.survivors()
  local sockets <close> = setmetatable({}, {__close = function(self)
    for _, s in ipairs(self) do s:close() end
  end})
  local l <close> = loop.new()
  local tasks = {}
  local function spawn(f, ...) tasks[#tasks + 1] = l:spawn(f, ...) end
  local function own()
    local a, b = pair()
    b:setblocking(false)
    table.move({a, b}, 1, 2, #sockets + 1, sockets)
    return a
  end
  for _ = 1, 6 do
    spawn(function(s)
      for _ = 1, 2 do s:recv(1) end
      s:settimeout(PATIENCE)
      s:recv(1)
    end, own())
    spawn(loop.sleep, 0.001)
    spawn(function() pcall(l.timeout_after, l, 0.001, loop.sleep, PATIENCE) end)
  end
  for i = 1, 3 do spawn(function() pcall(tasks[i].join, tasks[i]) end) end
  spawn(pcall, socket.getaddrinfo, "localhost", 1)
  local shared = own()
  for _ = 1, 2 do
    spawn(function() shared:recv(1) end)
    spawn(pcall, select.select, {shared}, {}, {}, PATIENCE)
    spawn(function() shared:sendall(CHUNK:rep(100)) end)
  end
  for turn = 1, 250 do
    local ok, more = pcall(l.step, l)
    if ok and not more then
      for _, t in ipairs(tasks) do
        local status = t:status()
        assert(status == "done" or status == "failed" or status == "cancelled", "a task is lost")
      end
      return
    end
    for i = 2, #sockets, 2 do pcall(sockets[i].send, sockets[i], "x") end
    pcall(sockets[#sockets].recv, sockets[#sockets], 1000000)
    if turn > 100 then pcall(select.select, {}, {}, {}, 0.001) end
  end
  error("a task is lost")
end

-- what the other scenes have no use for
function scenes.asides()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  assert(a:gettimeout() == PATIENCE and a:getblocking())
  local default <close> = setmetatable({}, {__close = function() socket.setdefaulttimeout(nil) end})
  socket.setdefaulttimeout(PATIENCE)
  assert(socket.getdefaulttimeout() == PATIENCE and default)
  socket.setdefaulttimeout(nil)
  assert(type(socket.has_dualstack_ipv6()) == "boolean")
  assert(socket.getscheduler() == nil or socket.getscheduler().wait)
  if socket.AF_ALG then raises(socket.error, a.sendmsg_afalg, a, {"x"}, {op = 0}) end
  b:sendall("one\ntwo\nthree\nfour five six seven")
  b:shutdown(socket.SHUT_WR)
  local f <close> = a:makefile("rb")
  assert(f:readable() and not f:writable() and not f:seekable() and not f:isatty())
  raises(socket.UnsupportedOperation, f.tell, f)
  raises(socket.UnsupportedOperation, f.truncate, f)
  assert(f:readline() == "one\n" and f:read1(3) == "two")
  local lines = f:readlines(2)
  assert(lines[1] == "\n" and lines[2] == "three\n")
  assert(f:readline() == "four five six seven" and f:read() == nil)
  local w <close> = a:makefile("w")
  w:setvbuf("full", 100)
  w:write("answer")
  w:flush()
  assert(b:recv(10) == "answer")
end

-- every operation told to a function, which fails now and then
function scenes.traced()
  local a, b = pair()
  local _ <close> = a
  local _ <close> = b
  local count = 0
  local _ <close> = setmetatable({}, {__close = function() socket.settrace(nil) end})
  socket.settrace(function(name, fd, results, err)
    assert(name and fd and (results or err))
    count = count + 1
  end)
  a:sendall("hello")
  assert(b:recv(10) == "hello")
  b:setblocking(false)
  raises(socket.BlockingIOError, b.recv, b, 1)
  socket.settrace(nil)
  return count
end

-- a coroutine left in the midst of a wait, a lookup, and a message
function scenes.abandoned()
  local a, b = pair()
  local scheduler = {tasks = setmetatable({}, {__mode = "k"})}
  function scheduler.wait() coroutine.yield() end
  local function leave(f)
    local co = coroutine.create(f)
    scheduler.tasks[co] = true
    local ok, err = coroutine.resume(co)
    if not ok then error(err, 0) end
    if coroutine.status(co) == "suspended" then return co end
  end
  local before = socket.setscheduler(scheduler)
  local ok, err = pcall(function()
    local one, two = leave(function() a:recv(10) end), leave(function() b:recvmsg(10, 100) end)
    local three = leave(function() socket.gethostbyaddr(LOOPBACK) end)
    local _ = leave(function() select.select({a}, nil, nil) end)
    coroutine.close(one)
    coroutine.close(two)
    if three then coroutine.close(three) end
  end)
  socket.setscheduler(before)
  a:close()
  b:close()
  if not ok then error(err, 0) end
end

local names = {}
for name in pairs(scenes) do names[#names + 1] = name end
table.sort(names)

return {scenes = scenes, names = names, finish = function() os.remove(path) end}
