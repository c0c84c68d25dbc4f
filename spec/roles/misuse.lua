-- misuse CASE: what a script can do to the library by what getmetatable, pairs and the kernel hand out. Prints "survived", after
-- "no" and a word where the system lacks something.

local core = require "pysocket.core"
local select_module = require "pysocket.select"
local socket = require "pysocket"

local cases = {}

-- A filter of that many instructions; nothing but its address can tell the kernel where it is.
local function filtered(count)
  local s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  local code = socket.bytearray(string.pack("<I2BBI4", 0x06, 0, 0, 0xFFFFFFFF):rep(count))
  local base = tonumber((("%p"):format(code):gsub("^0x", "")), 16)
  for offset = 16, 64, 8 do -- behind what the object itself is
    local program = string.pack("!HT", count, base + offset)
    if pcall(s.setsockopt, s, socket.SOL_SOCKET, 26, program) then return s, tostring(code) end -- SO_ATTACH_FILTER
  end
end

cases["the length of a filter counts instructions"] = function()
  local s, code = filtered(200)
  if not s then return print("no filter") end
  assert(s:getsockopt(socket.SOL_SOCKET, 26, 1024) == code)
  s, code = filtered(4)
  assert(s:getsockopt(socket.SOL_SOCKET, 26, 4) == code)
  s:getsockopt(socket.SOL_SOCKET, 26)
end

cases["an option says that it is longer than it is"] = function()
  if not socket.AF_NETLINK then return end
  local other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  other:bind({"127.0.0.1", 0})
  other:sendto(("SECRET"):rep(150), other:getsockname())
  local s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
  s:bind({0, 1})
  s:setsockopt(270, 1, 1) -- SOL_NETLINK, NETLINK_ADD_MEMBERSHIP
  other:recv(1000)
  for _, size in ipairs({1, 4, 8, 1024}) do
    local value = s:getsockopt(270, 9, size) -- NETLINK_LIST_MEMBERSHIPS
    assert(#value <= size and not value:find("[%u]"), value)
  end
end

cases["an __index of the user's"] = function()
  local s = socket.socket()
  local meta = getmetatable(s)
  local index = meta.__index
  meta.__index = function(_, name) return index[name] end
  function socket.socket.hello() return "hello" end
  assert(socket.socket({type = socket.SOCK_DGRAM}):hello() == "hello")
end

cases["the constants of what is no module"] = function()
  local index = getmetatable(socket).__index
  for _, value in ipairs({5, "text", io.stdout}) do assert(not pcall(index, value, "AF_INET")) end
  assert(index({}, "AF_INET") == socket.AF_INET)
end

cases["a metatable that has lost its fields"] = function()
  local s = socket.socket()
  s:settimeout(0.0001234)
  local meta = getmetatable(s)
  for _, name in ipairs({"__methods", "__class", "__name", "__tostring"}) do meta[name] = nil end
  local other = socket.socket()
  other:settimeout(17)
  assert(other:gettimeout() == 17)
end

cases["metamethods called with other values"] = function()
  local s = socket.socket()
  s:bind({"127.0.0.1", 0})
  local functions = {(pairs(socket.socket))}
  for _, meta in ipairs({getmetatable(s), getmetatable(s:getsockname()), getmetatable(socket.socket),
    getmetatable(select_module.epoll), getmetatable(socket.OSError), getmetatable(socket.bytearray(1))}) do
    for _, value in pairs(meta) do
      if type(value) == "function" then functions[#functions + 1] = value end
    end
  end
  for _, f in ipairs(functions) do
    for _, arguments in ipairs({{}, {5}, {5, "host"}, {{}, "host"}, {io.stdout, 1}, {s}, {"x", {}}}) do
      pcall(f, table.unpack(arguments))
    end
  end
end

cases["what LuaSec's interface and TLS keep for themselves"] = function()
  if not pcall(require, "pysocket.ssl") then return end
  local tls, native = require "pysocket._ssl", require "pysocket.luasocket.native"
  local context = tls.luasec.new(0, 0)
  local values = {
    tls.luasec.connection(context, false), tls.luasec.connection(context, true), native.tls(tls.luasec.connection(context, false)),
    native.tcp(), context, tls.module.MemoryBIO(), io.stdout, {}, "text", 70000, -1, math.maxinteger, 1e300, false,
  }
  local functions, seen = {}, {}
  local function gather(where)
    if seen[where] then return end
    seen[where] = true
    for _, value in pairs(where) do
      if type(value) == "table" then gather(value) end
      if type(value) == "function" then functions[#functions + 1] = value end
    end
  end
  gather(tls)
  gather({native.tls, native.tls_socket, getmetatable(context), getmetatable(values[1]), getmetatable(values[6])})
  for _, f in ipairs(functions) do
    pcall(f)
    for _, first in ipairs(values) do
      pcall(f, first)
      for _, second in ipairs(values) do pcall(f, first, second, second, second) end
    end
  end
end

cases["poll with one argument too many"] = function()
  if not select_module.epoll then return print("no epoll") end
  local set, ends = select_module.epoll(), {}
  for i = 1, 100 do
    local a, b = socket.socketpair()
    a:send("x")
    set:register(b, select_module.EPOLLIN)
    ends[i] = {a, b}
  end
  local a, b = socket.socketpair()
  local size = 20000
  local function arm()
    setmetatable({}, {__gc = function()
      size = math.min(size * 2, 1000000)
      a:send("z")
      b:recv(size)
      arm()
    end})
  end
  arm()
  collectgarbage("generational")
  for _ = 1, 100 do
    for _, event in ipairs(set:poll(0, 300, true)) do assert(event[2] == select_module.EPOLLIN) end
  end
  assert(#ends == 100)
end

cases["a class that is its own base"] = function()
  socket.OSError.__base = socket.OSError
  local _, err = pcall(socket.close, 99999)
  local ok, message = pcall(socket.isinstance, err, socket.timeout)
  assert(not ok and message:find("inherits from itself", 1, true), message)
end

cases["a size that is no size"] = function()
  local a = socket.socketpair()
  for _, name in ipairs({"recv", "recvfrom", "recvmsg"}) do
    local ok, message = pcall(a[name], a, math.maxinteger)
    assert(not ok and tostring(message):find("bufsize too large", 1, true), message)
  end
  assert(core.isinstance(a, socket.socket))
end

local name = ...
if name then
  cases[name]()
  print("survived")
else
  for case in pairs(cases) do print(case) end
end
