-- What holds wherever code in the blocking style runs: in a plain program, in a task of a loop of
-- ours, in a host's. `alone` needs nobody else: both ends are in one function, and the kernel's
-- buffers suffice. `together` has waits that only another task can end: `run.spawn(f, ...)` starts
-- one. Each entry is a name and a function of (run).

local fixture = require "spec.fixture"
local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

local TIMEOUT <const> = 0.01

local alone, together = {}, {}

-- Raises a timeout, and not before its time.
local function times_out(f, ...)
  local start = socket.monotonic()
  local err = fixture.raises(socket.timeout, f, ...)
  assert(socket.monotonic() - start >= TIMEOUT)
  return err
end

-- {{ alone

alone["send and recv"] = function()
  local a, b = fixture.pair()
  assert(a:send("hello") == 5)
  assert(b:recv(3) == "hel" and b:recv(10) == "lo")
  a:close()
  assert(b:recv(1) == "")
end

alone["connect, accept, sendall"] = function()
  local listener, address = fixture.listener()
  local client = fixture.socket()
  client:connect(address)
  local server <close>, peer = listener:accept()
  assert(peer == client:getsockname())
  client:sendall("x")
  assert(server:recv(10) == "x")
end

alone["connect_ex, to an address that refuses"] = function()
  local s = fixture.socket()
  assert(s:connect_ex(fixture.refusing()) == socket.errno.ECONNREFUSED)
end

alone["connect, to an address that refuses"] = function()
  local s, address = fixture.socket(), fixture.refusing()
  local err = fixture.raises(socket.ConnectionRefusedError, s.connect, s, address)
  assert(err.address == address)
end

alone["connect, to an address that never answers"] = function()
  local s, address = fixture.socket(), fixture.silent()
  s:settimeout(TIMEOUT)
  times_out(s.connect, s, address)
end

alone["create_connection, by name"] = function()
  local listener, address = fixture.listener()
  local client <close> = socket.create_connection({ "localhost", address.port }, 10)
  local server <close> = listener:accept()
  server:sendall("hello\n")
  local f <close> = client:makefile("r")
  assert(f:read("l") == "hello")
end

alone["create_connection, to who never answers"] = function()
  times_out(socket.create_connection, fixture.silent(), TIMEOUT)
end

alone["create_connection, with an address that refuses"] = function()
  fixture.raises(socket.ConnectionRefusedError, socket.create_connection, fixture.refusing())
end

alone["recvfrom and sendto"] = function()
  local a, here = fixture.udp()
  local b, there = fixture.udp()
  a:sendto("question", there)
  local data, from = b:recvfrom(100)
  assert(data == "question" and from == here)
  b:sendto("answer", from)
  assert(a:recvfrom(100) == "answer")
end

alone["recv_into and recvfrom_into"] = function()
  local a, b = fixture.pair(socket.SOCK_DGRAM)
  local bytes = socket.bytearray(10)
  a:send("abc")
  assert(b:recv_into(bytes) == 3)
  a:send("de")
  assert(b:recvfrom_into(bytes:view(4)) == 2)
  assert(bytes:sub(1, 5) == "abcde")
end

alone["sendmsg and recvmsg"] = function()
  local a, b = fixture.pair()
  a:sendmsg({ "one", "two" })
  assert(b:recvmsg(100) == "onetwo")
end

alone["a timeout of every receiving call"] = function()
  local a = fixture.pair(socket.SOCK_DGRAM)
  local listener = fixture.listener()
  a:settimeout(TIMEOUT)
  listener:settimeout(TIMEOUT)
  local bytes = socket.bytearray(10)
  times_out(a.recv, a, 1)
  times_out(a.recv_into, a, bytes)
  times_out(a.recvfrom, a, 1)
  times_out(a.recvfrom_into, a, bytes)
  times_out(a.recvmsg, a, 1)
  times_out(listener.accept, listener)
end

alone["a timeout of sendall: it says how much had gone"] = function()
  local a, b = fixture.pair()
  a:settimeout(TIMEOUT)
  local sent = times_out(a.sendall, a, ("x"):rep(1 << 22)).characters_written
  local got = 0
  b:settimeout(0)
  repeat
    local ok, data = pcall(b.recv, b, 1 << 20)
    got = got + (ok and #data or 0)
  until not ok
  assert(sent == got)
end

alone["a timeout of 0 raises BlockingIOError"] = function()
  local a = fixture.pair()
  a:settimeout(0)
  fixture.raises(socket.BlockingIOError, a.recv, a, 1)
end

alone["makefile: lines, and a timeout that loses nothing"] = function()
  local a, b = fixture.pair()
  b:settimeout(TIMEOUT)
  local f <close> = b:makefile("rb")
  a:sendall("one\ntw")
  assert(f:read("l") == "one")
  times_out(f.read, f, "l")
  a:sendall("o\nthree")
  a:shutdown(socket.SHUT_WR)
  local lines = {}
  for line in f:lines() do lines[#lines + 1] = line end
  assert(table.concat(lines, ",") == "two,three")
end

alone["makefile: writing"] = function()
  local a, b = fixture.pair()
  local f <close> = a:makefile("wb")
  f:write("a", 1, "b")
  f:flush()
  assert(b:recv(100) == "a1b")
end

alone["sendfile"] = function()
  local a, b = fixture.pair()
  local file <close> = assert(io.open(fixture.file("0123456789"), "rb"))
  assert(a:sendfile(file, 2, 5) == 5)
  assert(b:recv(100) == "23456")
end

alone["getaddrinfo and getnameinfo"] = function()
  local infos = socket.getaddrinfo("localhost", 80, { type = socket.SOCK_STREAM })
  assert(infos[1].sockaddr.port == 80)
  assert(type(socket.getnameinfo(infos[1].sockaddr, 0)) == "string")
  fixture.raises(socket.gaierror, socket.getaddrinfo, "no such name", 80)
end

alone["select"] = function()
  local a, b = fixture.pair()
  local r, w = select.select({ a }, {}, {}, TIMEOUT)
  assert(#r == 0 and #w == 0)
  b:sendall("x")
  r, w = select.select({ a, b }, { b }, {}, 10)
  assert(#r == 1 and r[1] == a and #w == 1 and w[1] == b)
end

alone["poll"] = function()
  local a, b = fixture.pair()
  local p = select.poll()
  p:register(a, select.POLLIN)
  assert(#p:poll(1) == 0)
  b:sendall("x")
  assert(p:poll()[1][1] == a:fileno())
end

alone["selectors"] = function()
  local a, b = fixture.pair()
  local s <close> = selectors.DefaultSelector()
  s:register(a, selectors.EVENT_READ, "data")
  assert(#s:select(TIMEOUT) == 0)
  b:sendall("x")
  assert(s:select()[1][1].data == "data")
  assert(#s:select(10) == 1)
  a:recv(1)
  assert(#s:select(0) == 0)
end

alone["protect"] = function()
  local a = fixture.pair()
  a:settimeout(TIMEOUT)
  local data, err = socket.protect(a.recv)(a, 1)
  assert(data == nil and socket.isinstance(err, socket.timeout))
end

alone["a wait inside coroutine.wrap, table.sort, gsub, __index, __close, pcall"] = function()
  local a = fixture.pair()
  a:settimeout(TIMEOUT)
  local waits = 0
  local function wait()
    times_out(a.recv, a, 1)
    waits = waits + 1
  end
  for _ in coroutine.wrap(function() for i = 1, 2 do wait() coroutine.yield(i) end end) do end
  table.sort({ 2, 1 }, function(x, y) wait() return x < y end)
  ;("x"):gsub("x", wait)
  local _ = setmetatable({}, { __index = wait }).field
  do
    local _ <close> = setmetatable({}, { __close = wait })
  end
  assert(pcall(wait))
  assert(waits >= 7)
end

alone["require of a module that waits"] = function()
  local a = fixture.pair()
  a:settimeout(TIMEOUT)
  package.preload["spec.waits"] = function() return times_out(a.recv, a, 1) end
  local err = require "spec.waits"
  package.preload["spec.waits"], package.loaded["spec.waits"] = nil, nil
  assert(socket.isinstance(err, socket.timeout))
end

-- }}

-- {{ together

together["recv, in each of two tasks for the other"] = function(run)
  local a, b = fixture.pair()
  local got
  run.spawn(function()
    assert(b:recv(10) == "ping")
    b:sendall("pong")
    got = true
  end)
  a:sendall("ping")
  assert(a:recv(10) == "pong" and got)
end

together["sendall of more than the kernel takes"] = function(run)
  local a, b = fixture.pair()
  local data = ("0123456789abcdef"):rep(1 << 17)
  run.spawn(function()
    a:sendall(data)
    a:close()
  end)
  local got = {}
  repeat got[#got + 1] = b:recv(1 << 16) until got[#got] == ""
  assert(table.concat(got) == data)
end

together["sendfile of more than the kernel takes"] = function(run)
  local a, b = fixture.pair()
  local path = fixture.file(("0123456789abcdef"):rep(1 << 16))
  run.spawn(function()
    local file <close> = assert(io.open(path, "rb"))
    assert(a:sendfile(file) == 1 << 20)
    a:close()
  end)
  local n = 0
  repeat
    local data = b:recv(1 << 16)
    n = n + #data
  until data == ""
  assert(n == 1 << 20)
end

together["accept and create_connection"] = function(run)
  local listener, address = fixture.listener()
  run.spawn(function()
    local s <close> = socket.create_connection(address)
    local f <close> = s:makefile("rw")
    f:write("hello\n")
    f:flush()
    assert(f:read("l") == "HELLO")
  end)
  local conn <close> = listener:accept()
  for line in conn:makefile("r"):lines() do conn:sendall(line:upper() .. "\n") end
end

together["several waits for one socket"] = function(run)
  local a, b = fixture.pair()
  local got = {}
  for _ = 1, 3 do
    run.spawn(function() table.insert(got, a:recv(1)) end)
  end
  run.spawn(function() a:sendall("back") end)
  assert(b:recv(10) == "back")
  b:sendall("xxx")
  while #got < 3 do run.sleep(0) end
end

together["closing a socket wakes its waiters"] = function(run)
  local a = fixture.pair()
  local listener = fixture.listener()
  local errors = {}
  for i, s in ipairs({ a, a, listener }) do
    run.spawn(function()
      local ok, err = pcall(i == 3 and s.accept or s.recv, s, 1)
      errors[#errors + 1] = not ok and err.name or "nothing"
    end)
  end
  run.sleep(0.001)
  a:close()
  listener:close()
  while #errors < 3 do run.sleep(0) end
  assert(table.concat(errors, " ") == "EBADF EBADF EBADF")
end

together["select and selectors let the others run"] = function(run)
  local a, b = fixture.pair()
  local s <close> = selectors.DefaultSelector()
  s:register(a, selectors.EVENT_READ)
  for _ = 1, 2 do
    run.spawn(function() b:sendall("x") end)
    assert(#select.select({ a }, {}, {}, 10) == 1)
    a:recv(1)
    run.spawn(function() b:sendall("x") end)
    assert(#s:select(10) == 1)
    a:recv(1)
  end
end

together["who never has to wait lets the others run"] = function(run)
  local a, b = fixture.pair()
  b:sendall(("x"):rep(1000))
  local ticks, stop = 0, false
  run.spawn(function()
    while not stop do
      ticks = ticks + 1
      run.sleep(0)
    end
  end)
  for _ = 1, 1000 do a:recv(1) end
  stop = true
  assert(ticks >= 5)
end

together["getaddrinfo lets the others run"] = function(run)
  local done = 0
  for _ = 1, 4 do
    run.spawn(function()
      assert(socket.getaddrinfo("localhost", 80)[1])
      done = done + 1
    end)
  end
  while done < 4 do run.sleep(0.001) end
end

-- }}

return { alone = alone, together = together }
