-- arguments CLASS: calls everything in a class or module with arguments that are wrong in every way, and prints what was
-- not refused clearly. The last line counts the calls.

local loop = require "pysocket.loop"
local machine = require "spec.machine"
local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

local class = ...
local NAN <const> = 0 / 0
local HUGE <const> = ("x"):rep(1 << 20)
local LOOPBACK <const> = "127.0.0.1"
local INET <const> = {LOOPBACK, 9}

-- Kinds of arguments: a good value, what is refused by its type or shape, and what is merely odd:
-- accepted, or refused by us or by the system. A row may say more of its own.

local NUMBERS <const> = {
  -1, 0, 1, 0x7FFFFFFF, 0x80000000, -0x80000000, -0x80000001, math.maxinteger, math.mininteger, 1e308, 2.0 ^ 63,
}

local any_socket = socket.socket()

local function kind(good, wrong, odd) return {good = good, wrong = wrong, odd = odd or {}} end

local kinds <const> = {
  integer = kind(1, {true, "x", "1", {}, print, 1.5, NAN, math.huge, any_socket, HUGE}, NUMBERS),
  descriptor = kind(-1, {true, "x", {}, print, 1.5, NAN, any_socket}, {-1, 0x7FFFFFFF, -0x80000000}),
  pollable = kind(0, {true, "x", {}, print, 1.5, NAN, -1, math.maxinteger}, {0x7FFFFFFF, any_socket}),
  string = kind("x", {true, 1, {}, print, any_socket}),
  name = kind("x", {true, 1, {}, print, any_socket}, {"", HUGE, "a\0b"}),
  host = kind(LOOPBACK, {true, 1, {}, print, any_socket}, {"a\0b", HUGE, "a..b"}),
  buffer = kind("x", {true, 1, {}, print, any_socket}, {"", HUGE}),
  writable = kind(socket.bytearray(4), {true, 1, "x", print, any_socket}),
  buffers = kind({"x"}, {true, 1, "x", print, any_socket, {1}, {"x", false}, {{}}}, {{}, {HUGE}}),
  writables = kind({socket.bytearray(4)}, {true, 1, "x", print, any_socket, {1}, {"x"}, {{}}}, {{}}),
  ancillary = kind({}, {true, 1, "x", print, {1}, {{}}, {{1, 2}}, {{1, 2, 3}}, {{1, NAN, "x"}}, {{1, 2, "x", 4}}}, {
    {{1, 2, HUGE}}, {{-1, -1, ""}},
  }),
  address = kind(INET, {
    true, 1, "x", print, any_socket, {}, {LOOPBACK}, {1, 2}, {LOOPBACK, "x"}, {LOOPBACK, 65536}, {LOOPBACK, -1},
    {LOOPBACK, 1.5}, {LOOPBACK, NAN}, {LOOPBACK, 1, 2}, {{}, 1}, {nil, 80},
  }, {{HUGE, 1}, {"", 1}, {"a\0b", 1}, {"a..b", 1}}),
  host_port = kind(INET, {true, 1, "x", print, any_socket}, {
    {}, {LOOPBACK}, {LOOPBACK, -1}, {LOOPBACK, NAN}, {{}, 1}, {"a\0b", 1}, {HUGE, 1}, {LOOPBACK, {}}, {print, print},
  }),
  server_address = kind({LOOPBACK, 0}, {}, {
    true, 1, "x", print, any_socket, {}, {LOOPBACK, -1}, {LOOPBACK, NAN}, {{}, 1}, {"a\0b", 1}, {HUGE, 1},
  }),
  getfqdn_name = kind(LOOPBACK, {true, 1, {}, print, any_socket}, {"a\0b", HUGE, "a..b"}),
  any_integer = kind(1, {}, {true, {}, print, NAN, 1.5, math.maxinteger, -1}),
  any_buffers = kind({"x"}, {}, {true, 1, "x", print, {1}}),
  numeric = kind(INET, {
    true, 1, "x", print, any_socket, {}, {LOOPBACK}, {1, 2}, {LOOPBACK, "x"}, {LOOPBACK, 1.5}, {LOOPBACK, NAN},
    {"::1", 1, -1}, {"::1", 1, 1 << 20}, {"::1", 1, 0, "x"},
  }, {{"a\0b", 1}, {LOOPBACK, math.maxinteger}, {LOOPBACK, -1}, {HUGE, 1}, {"::1", 1, 0, math.maxinteger}}),
  timeout = kind(1, {true, "x", {}, print, NAN, -1, math.huge, 1e300}, {0, 1e-300, 2 ^ 33}),
  milliseconds = kind(0, {true, "x", {}, print, NAN, 1e300}, {0, 1e-300}), -- negative: no limit
  seconds = kind(0, {true, "x", {}, print, NAN, math.huge}, {0, 1e-300}),
  flag = kind(true, {}, {0, 1, "x", {}, NAN}),
  func = kind(print, {true, 1, "x", {}, any_socket}),
  table = kind({}, {true, 1, "x", print, any_socket}),
  class = kind(socket.error, {true, 1, "x", print, any_socket}),
  level = kind(socket.SOL_SOCKET, {true, "x", {}, print, 1.5, NAN, any_socket}, NUMBERS),
  value = kind(1, {1.5, NAN, {}, print, any_socket, 1 << 40}, {true, "", "x", HUGE, -1}),
  trace = kind(nil, {true, 1, "x", {}, any_socket}),
  scheduler = kind(nil, {true, 1, "x", print, {}, any_socket}),
  events = kind(1, {true, "x", {}, print, 1.5, NAN, 0, 4, -1, math.maxinteger}),
  mask = kind(1, {true, "x", {}, print, 1.5, NAN, -1, math.maxinteger}),
  file = kind(assert(io.tmpfile()), {true, "x", {}, print, 1.5}, {-1, 0x7FFFFFFF}),
  port = kind(80, {true, 1.5, NAN, {}, print, any_socket}, {-1, 65536, math.maxinteger, HUGE, "a\0b"}),
  any = kind(1, {}, {}),
  format = kind("l", {true, {}, print, "x", any_socket, -1, 1.5, NAN}, {0, math.maxinteger, HUGE}),
  size = kind(1, {true, {}, print, "x", any_socket, 1.5, NAN}, {-1, 0, math.maxinteger}),
  source = kind(1, {true, {}, print, 1.5, NAN, -1, any_socket}, {0, math.maxinteger, "x", HUGE}),
  vbuf = kind("full", {true, {}, print, "x", 1}, {}),
  text = kind("x", {true, {}, print, any_socket}, {"", 1, 1.5, HUGE}),
  lines = kind({"x"}, {true, 1, "x", print, {true}, {{}}}, {{}}),
  mode = kind("rb", {1, true, print, any_socket, "x", "a\0b"}),
  wait_events = kind(1, {true, "x", {}, print, 1.5, NAN, -1, 0, 8, any_socket}, {2, 4, 7}),
  whole = kind(1, {true, "x", {}, print, 1.5, NAN, -1, any_socket}, {0, math.maxinteger}),
  item = kind("x", {}, {true, 1, {}, print, NAN}),
  lock = kind(loop.lock(), {true, 1, "x", {}, print}),
  other_socket = kind(socket.socket(), {true, 1, "x", print}),
  relay_options = kind({timeout = 0.01}, {true, 1, "x", print, {timeout = "1"}, {timeout = 1e300}, {other = 1}}),
  serve_options = kind({limit = 1}, {true, 1, "x", print, {limit = 0}, {timeout = "1"}, {lifetime = {}}, {onerror = 1}, {other = 1}}),
  task_function = kind(function() end, {true, 1, "x", {}}),
}

-- Rows: the kinds of a function's arguments. "?" after a kind: nil will do. "*": a table that stands
-- there is the options. "-": the function is not called, for a reason.

local rows <const> = {}

rows.module = {
  CMSG_LEN = "integer", CMSG_SPACE = "integer", bytearray = "source", close = "descriptor",
  create_connection = "host_port timeout?*", create_server = "server_address", dup = "descriptor",
  fromfd = "descriptor* integer* integer* integer?*", fromshare = "buffer",
  getaddrinfo = "host?* port?* integer?* integer?* integer?* integer?*",
  getdefaulttimeout = "", getfqdn = "getfqdn_name?*", gethostbyaddr = "host", gethostbyname = "host",
  gethostbyname_ex = "host", gethostname = "", getnameinfo = "numeric integer", getprotobyname = "name",
  getscheduler = "", getservbyname = "name name?", getservbyport = "integer name?", has_dualstack_ipv6 = "",
  htonl = "integer", htons = "integer", if_indextoname = "integer", if_nameindex = "", if_nametoindex = "name",
  inet_aton = "name", inet_ntoa = "buffer", inet_ntop = "integer buffer", inet_pton = "integer name",
  isinstance = "any? class", monotonic = "", ntohl = "integer", ntohs = "integer", protect = "any",
  relay = "socket* other_socket* relay_options?",
  recv_fds = "socket any_integer* integer* any_integer?*", send_fds = "socket any_buffers table any_integer?* any?",
  getlookuplimits = "", setlookuplimits = "integer?* integer?*", setdefaulttimeout = "timeout?", sethostname = "-", -- it would
  setscheduler = "scheduler?", settrace = "trace?", socketpair = "integer?* integer?* integer?*", type = "any",
  socket = "integer?* integer?* integer?* descriptor?*", SocketType = "integer?* integer?* integer?* descriptor?*",
  SocketIO = "socket mode*",
}

rows.socket = {
  accept = "", bind = "address", close = "", connect = "address", connect_ex = "address", disconnect = "", detach = "", dup = "",
  fileno = "", get_inheritable = "", getblocking = "", getpeername = "", getsockname = "",
  getsockopt = "level integer integer?", gettimeout = "", listen = "integer?", makefile = "mode?* size?*",
  recv = "integer integer?", recv_into = "writable* integer?* integer?*", recvfrom = "integer integer?",
  recvfrom_into = "writable* integer?* integer?*", recvmsg = "integer integer? integer?",
  recvmmsg = "integer* integer* integer?* integer?*", recvmmsg_into = "writable* integer* integer?*",
  sendmmsg = "buffers* integer?*",
  recvmsg_into = "writables integer? integer?", send = "buffer integer?", sendall = "buffer integer?",
  sendfile = "file size?* size?*", sendmsg = "buffers ancillary? integer? address?",
  ioctl = "any any", share = "integer", -- on Windows
  sendmsg_afalg = "any", sendto = "buffer integer address", set_inheritable = "flag", setblocking = "flag",
  setsockopt = "level integer value?", settimeout = "timeout?", shutdown = "integer",
}

rows.bytearray = {
  view = "integer? integer?", sub = "integer? integer?", set = "integer buffer", __index = "any",
  __newindex = "integer integer", __len = "", __tostring = "", __eq = "-", -- of any two values
}

local reading <const> = {
  close = "", fileno = "", flush = "", isatty = "", peek = "size?", pending = "", read = "format?",
  read1 = "size?", readexactly = "size", readuntil = "text?",
  readable = "", readall = "", readinto = "writable", readline = "size?", readlines = "size?",
  seek = "", seekable = "", setvbuf = "vbuf size?", tell = "", truncate = "", writable = "", write = "text",
  writelines = "lines", lines = "any?", __tostring = "", __close = "", __gc = "-",
}
rows.file = reading
rows.raw = setmetatable({setvbuf = "vbuf"}, {__index = reading})

rows.select = {select = "table? table? table? seconds?", poll = ""}
rows.poll = {register = "pollable mask?", modify = "pollable mask", unregister = "pollable", poll = "milliseconds?", wait = "-"}
rows.epoll = {
  register = "pollable mask?*", modify = "pollable mask*", unregister = "pollable", poll = "milliseconds?* integer?*",
  close = "", fileno = "", fromfd = "-",
}
rows.selectors = {
  register = "pollable events* any?", modify = "pollable any_integer* any?", unregister = "pollable",
  select = "milliseconds?*", select_into = "table milliseconds?", get_key = "pollable", get_map = "", close = "",
  fileno = "", wait = "-", __close = "",
}
rows.loop = {
  condition = "lock?", event = "", first = "func", group = "", lock = "", new = "", queue = "whole?", run = "task_function",
  running = "", semaphore = "whole?", serve = "socket func serve_options?", sleep = "seconds", spawn = "task_function",
  timeout_after = "seconds task_function", wait = "pollable wait_events seconds?", wrap = "task_function",
}
rows.Loop = {
  spawn = "task_function", step = "seconds? seconds?", run = "", stop = "", fileno = "", timeout = "", close = "",
  sleep = "seconds", timeout_after = "seconds task_function", __close = "",
  wait = "-",
}
rows.condition = {
  acquire = "seconds?", locked = "", notify = "whole?", notify_all = "", release = "", wait = "seconds?",
  wait_for = "func seconds?", __tostring = "",
}
rows.event = {clear = "", is_set = "", set = "", wait = "seconds?", __tostring = ""}
rows.group = {cancel = "", spawn = "task_function", __close = "", __tostring = ""}
rows.lock = {acquire = "seconds?", locked = "", release = "", __tostring = ""}
rows.queue = {
  close = "", empty = "", full = "", get = "seconds?", get_nowait = "", put = "item seconds?", put_nowait = "item", qsize = "",
  __call = "-", __close = "", __tostring = "", -- __call says "get"
}
rows.semaphore = {acquire = "seconds?", locked = "", release = "", __tostring = ""}
rows.server = {close = "", join = "seconds?", stop = "seconds?", __close = "", __tostring = ""}
rows.task = {join = "seconds?", cancel = "", status = "", __tostring = ""}

-- What is called: functions by name, and a new self for each call.

local function fresh_socket()
  local s = socket.socket()
  s:settimeout(0)
  return s
end

local function fresh_file(buffering)
  return function()
    local a, b = socket.socketpair()
    a:settimeout(0)
    local f = a:makefile("rwb", buffering)
    a:close()
    b:close()
    return f
  end
end

local function methods_of(...)
  local found = {}
  for _, t in ipairs({...}) do
    for name, value in pairs(t) do
      if type(value) == "function" and name ~= "__index" and name ~= "__newindex" or t == getmetatable(socket.bytearray(1)) then
        if type(value) == "function" then found[name] = value end
      end
    end
  end
  return found
end

local function functions_of(module)
  local found = methods_of(module)
  for name, value in pairs(module) do
    local meta = type(value) == "table" and getmetatable(value)
    if meta and meta.__call then found[name] = value end
  end
  return found
end

local poll, Selector = getmetatable(select.poll()), selectors.EpollSelector or selectors.DefaultSelector
local SocketFile = getmetatable(fresh_file(-1)())

local function closed_by(new)
  return function()
    local self = new()
    self:close()
    return self
  end
end

local function new_task() return loop.new():spawn(function() end) end

local function stopped_server()
  return loop.run(function()
    local server <close> = loop.serve(socket.create_server({LOOPBACK, 0}), print)
    loop.sleep(0)
    return server
  end)
end

local classes <const> = {
  module = {functions_of(socket)},
  socket = {methods_of(socket.socket), fresh_socket, closed_by(fresh_socket)},
  bytearray = {methods_of(getmetatable(socket.bytearray(1))), function() return socket.bytearray(4) end},
  file = {methods_of(SocketFile), fresh_file(-1), closed_by(fresh_file(-1))},
  raw = {methods_of(SocketFile, socket.SocketIO), fresh_file(0), closed_by(fresh_file(0))},
  select = {methods_of(select)},
  poll = {methods_of(poll), select.poll},
  epoll = {methods_of(select.epoll), select.epoll, closed_by(select.epoll)},
  selectors = {methods_of(selectors.BaseSelector, Selector), Selector, closed_by(Selector)},
  loop = {methods_of(loop)},
  Loop = {methods_of(loop.Loop), loop.new, closed_by(loop.new)},
  condition = {methods_of(loop.Condition), loop.condition},
  event = {methods_of(loop.Event), loop.event},
  group = {methods_of(loop.Group), function() return loop.run(loop.group) end},
  lock = {methods_of(loop.Lock), loop.lock},
  queue = {methods_of(loop.Queue), loop.queue, closed_by(loop.queue)},
  semaphore = {methods_of(loop.Semaphore), loop.semaphore},
  server = {methods_of(loop.Server), stopped_server},
  task = {methods_of(getmetatable(new_task())), new_task},
}

-- Judging.

local calls, complaints = 0, 0

local function show(value)
  if type(value) == "table" and not getmetatable(value) then
    local parts = {}
    for i = 1, #value do parts[i] = show(value[i]) end
    return "{" .. table.concat(parts, ", ") .. "}"
  end
  local text = tostring(value)
  return #text > 40 and text:sub(1, 40) .. "..." or text
end

local function complain(what, arguments, result)
  complaints = complaints + 1
  local parts = {}
  for i = 1, arguments.n do parts[i] = show(arguments[i]) end
  print(("%s(%s): %s"):format(what, table.concat(parts, ", "), result))
end

-- An error is clear when it is one of our objects, or says which argument of which function is wrong.
local function is_clear(err)
  if socket.isinstance(err, socket.error) or socket.isinstance(err, socket.ExceptionGroup) then
    return #tostring(err) > 0
  end
  if type(err) ~= "string" then return false end
  return err:find("bad argument #%d+ to '[%w_]+' %(.+%)") or err:find("calling '[%w_]+' on bad self %(.+%)")
    or err:find("not enough memory", 1, true) or err:find("block too big", 1, true)
    or err:find("the loop is", 1, true) or err:find("outside of a task", 1, true)
    or err:find("does not hold the lock", 1, true)
end

local function call(f, arguments)
  calls = calls + 1
  local results = table.pack(pcall(f, table.unpack(arguments, 1, arguments.n)))
  if results[1] and f == socket.socket.detach then pcall(socket.close, results[2]) end
  for i = 2, results.n do -- what it gave is ours to close
    local result = results[i]
    if results[1] and socket.type(result) == "socket" then result:close() end
    local is_epoll = select.epoll and socket.isinstance(result, select.epoll)
    local closable = socket.isinstance(result, SocketFile) or is_epoll
    if results[1] and closable then pcall(result.close, result) end
    if results[1] and socket.isinstance(result, loop.Loop) then result:close() end
  end
  return results[1], results[2]
end

local function expect_clear(what, f, arguments)
  local ok, err = call(f, arguments)
  if not ok and not is_clear(err) then complain(what, arguments, tostring(err)) end
end

local function expect_refusal(what, f, arguments, text)
  local ok, err = call(f, arguments)
  if ok then return complain(what, arguments, "it raised nothing") end
  if type(err) ~= "string" or not err:find(text, 1, true) then
    complain(what, arguments, ("%s instead of '%s'"):format(tostring(err), text))
  end
end

local function close(self)
  if self ~= nil then pcall(function() self:close() end) end
end

local functions, new, new_closed = table.unpack(classes[class])

local function parse(row)
  local wanted = {}
  for name, marks in row:gmatch("([%w_]+)([?*]*)") do
    local k = name == "socket" and kind(any_socket, {true, 1, "x", {}, print}) or kinds[name]
    wanted[#wanted + 1] = {kind = k, optional = marks:find("?", 1, true), options = marks:find("*", 1, true)}
  end
  return wanted
end

local function arguments_of(wanted, self, place, value)
  local arguments = {n = #wanted}
  for i, w in ipairs(wanted) do arguments[i] = w.kind.good end
  if place then arguments[place] = value end
  if new then
    table.move(arguments, 1, #wanted, 2)
    arguments[1], arguments.n = self, #wanted + 1
  end
  return arguments
end

local function try(name, f, wanted, place, value, text)
  local self = new and new()
  local arguments = arguments_of(wanted, self, place, value)
  if text then expect_refusal(name, f, arguments, text) else expect_clear(name, f, arguments) end
  close(self)
end

local plain <const> = {SocketType = "socket"} -- what a function calls itself

local function try_argument(name, f, wanted, place)
  local w = wanted[place]
  local text = ("bad argument #%d to '%s'"):format(place, plain[name] or name)
  for _, value in ipairs(w.kind.wrong) do
    if w.options and type(value) == "table" and next(value) == nil then value = {no_such_option = 1} end
    try(name, f, wanted, place, value, text)
  end
  if w.kind.good ~= nil and not w.optional and not w.options and #w.kind.wrong > 0 then try(name, f, wanted, place, nil, text) end
  for _, value in ipairs(w.kind.odd) do try(name, f, wanted, place, value) end
end

local strangers <const> = {n = 9, nil, true, 1, NAN, "x", {}, print, io.stdout, coroutine.create(print)}

local function try_self(name, f, wanted)
  if not new then return end
  local text = ("calling '%s' on bad self"):format(name:gsub("^__", ""))
  for i = 1, strangers.n + 2 do
    local self = strangers[i]
    if i == strangers.n + 1 then self = class == "socket" and socket.bytearray(1) or any_socket end
    if i == strangers.n + 2 then self = setmetatable({}, {__name = "socket", __index = function() end}) end
    local arguments = arguments_of(wanted, self)
    local ok, err = call(f, arguments)
    if ok or type(err) ~= "string" or not (err:find(text, 1, true) or err:find("calling '" .. name .. "' on bad self", 1, true)) then
      complain(name, arguments, ok and "it raised nothing" or tostring(err))
    end
  end
end

local function try_closed(name, f, wanted)
  if new_closed then expect_clear("closed: " .. name, f, arguments_of(wanted, new_closed())) end
end

-- every argument is something else, and there are many
local function try_many(name, f)
  for _, value in ipairs({1, "x", {}, true, NAN}) do
    local arguments = {n = 100}
    for i = 1, 100 do arguments[i] = value end
    local self = new and new()
    if self then arguments[1] = self end
    expect_clear(name, f, arguments)
    close(self)
  end
end

local names = {}
for name in pairs(functions) do names[#names + 1] = name end
table.sort(names)
local wait_none = {close = true, dup = true, sethostname = true, create_connection = true, getaddrinfo = true}

socket.gethostbyaddr(LOOPBACK) -- its threads have a descriptor for as long as the state lives
collectgarbage()
local before = #machine.descriptors()
for _, name in ipairs(names) do
  local f, row = functions[name], rows[class][name]
  if not row then
    complain(name, {n = 0}, "there is no row for it")
  elseif row ~= "-" then
    local wanted = parse(row)
    for place = 1, #wanted do try_argument(name, f, wanted, place) end
    if new then try_self(name, f, wanted) end
    try_closed(name, f, wanted)
    if not (class == "module" and wait_none[name]) then try_many(name, f) end
  end
  socket.setdefaulttimeout(nil)
  socket.setscheduler(nil)
end
collectgarbage()
collectgarbage()
local after = #machine.descriptors()
if after ~= before then print(("%d descriptors were open before, %d after"):format(before, after)) end
print(("%d calls, %d complaints"):format(calls, complaints))
