-- Programs of calls, over all of the module. A byte names what is called, others the arguments, among them what earlier calls
-- gave. Whatever it is: it answers, or raises an error that is clear.

local loop = require "pysocket.loop"
local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

-- Not called: they would wait for ever, ask a name server, or reach what is not theirs.
local spared <const> = {
  sethostname = true, close = true, setdefaulttimeout = true, setscheduler = true, fromfd = true, dup = true,
  gethostbyname = true, gethostbyname_ex = true, gethostbyaddr = true, getfqdn = true, getaddrinfo = true, getnameinfo = true,
  create_connection = true, socket = true, SocketType = true,
}

local function list_of(t, but)
  local names = {}
  for name, value in pairs(t) do
    if type(value) == "function" and type(name) == "string" and not (but and but[name]) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local functions, calls = {}, list_of(socket, spared)
for _, name in ipairs(calls) do functions[name] = socket[name] end

-- What waits does so for a moment; what gives a descriptor away is not ours to try.
local methods = list_of(socket.socket, {settimeout = true, setblocking = true, detach = true, sendfile = true})
local file_methods = list_of(getmetatable(socket.socketpair():makefile("rwb")), {__gc = true})
local byte_methods <const> = {"view", "sub", "set"}
local loop_methods <const> = {"spawn", "step", "timeout", "fileno", "close", "stop"}
local selector_methods <const> = {"register", "modify", "unregister", "get_key", "get_map", "close"}

local constants = {}
for name, value in pairs(socket) do
  -- what is larger would be so much memory
  if math.type(value) == "integer" and value < 1 << 24 then constants[#constants + 1] = name end
end
table.sort(constants)

local INTEGERS <const> = {-1, 0, 1, 2, 3, 4, 7, 8, 16, 100, 1000, 65535, 65536, -0x80000000, math.maxinteger, math.mininteger}
local STRINGS <const> = {"", "x", "hello\n", "a\r\nb", "127.0.0.1", "::1", "a\0b", "rb", "wb", "rwb", "r", "l", "n", "a", ("x"):rep(5000)}

local function make(kind)
  if kind == 0 then
    local a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    a:settimeout(0)
    b:settimeout(0)
    return a, b
  elseif kind == 1 then
    local s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s:settimeout(0)
    s:bind({"127.0.0.1", 0})
    return s, s:getsockname()
  elseif kind == 2 then
    local s = socket.create_server({"127.0.0.1", 0})
    s:settimeout(0)
    local c = socket.socket()
    c:settimeout(0)
    pcall(c.connect, c, s:getsockname())
    return s, c
  elseif kind == 3 then return socket.bytearray(100)
  elseif kind == 4 then
    local a, b = socket.socketpair()
    a:settimeout(0)
    b:settimeout(0)
    return a:makefile("rwb"), b:makefile("rw")
  elseif kind == 5 then return loop.new(), function() loop.sleep(0) end
  elseif kind == 6 then return selectors.DefaultSelector(), select.epoll()
  end
  local a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
  a:settimeout(0)
  b:settimeout(0)
  return a, b
end

local function is_clear(err)
  if socket.isinstance(err, socket.error) or socket.isinstance(err, socket.ExceptionGroup) then return true end
  return type(err) == "string" and (err:find("bad argument #", 1, true) or err:find("bad self", 1, true)
    or err:find("not enough memory", 1, true) or err:find("block too big", 1, true) or err:find("the loop is", 1, true)
    or err:find("outside of a task", 1, true) or err:find("is read-only", 1, true) or err:find("cannot be set", 1, true))
end

local SocketFile, Loop = getmetatable(socket.socketpair():makefile("rwb")), loop.Loop

return function(data)
  local place = 1
  local values = {}
  local function byte()
    local b = data:byte(place) or 0
    place = place + 1
    return b
  end

  local function keep(...)
    for _, value in ipairs({...}) do
      if #values < 60 then values[#values + 1] = value end
      if socket.type(value) == "socket" then pcall(value.settimeout, value, 0) end
    end
  end

  local function argument(depth)
    local b = byte()
    local kind, rest = b % 8, b // 8
    if kind == 0 then return INTEGERS[rest % #INTEGERS + 1]
    elseif kind == 1 then return STRINGS[rest % #STRINGS + 1]
    elseif kind == 2 then return socket[constants[(rest * 256 + byte()) % #constants + 1]]
    elseif kind == 3 then return values[rest % math.max(#values, 1) + 1]
    elseif kind == 4 and depth < 3 then
      local t = {}
      for i = 1, rest % 4 do t[i] = argument(depth + 1) end
      return t
    elseif kind == 5 then return rest % 2 == 0 and {"127.0.0.1", rest % 3 == 0 and 0 or 9} or "\0fuzz" .. rest
    elseif kind == 6 then return ({true, false, 1.5, 0 / 0, function() end})[rest % 5 + 1]
    end
    return nil
  end

  local function arguments()
    local n = byte() % 5
    local list = {n = n}
    for i = 1, n do list[i] = argument(0) end
    return table.unpack(list, 1, n)
  end

  local function names_for(value)
    if socket.type(value) then return methods
    elseif getmetatable(value) == Loop then return loop_methods
    elseif socket.isinstance(value, SocketFile) then return file_methods
    elseif getmetatable(value) == getmetatable(socket.bytearray(0)) then return byte_methods
    elseif socket.isinstance(value, selectors.BaseSelector) then return selector_methods
    end
  end

  local function step()
    local b = byte()
    if b % 4 == 0 or #values == 0 then return keep(make(b // 4 % 8)) end
    local f, self
    if b % 4 == 1 then
      f = functions[calls[byte() % #calls + 1]]
    else
      self = values[b // 4 % #values + 1]
      local names = names_for(self)
      if not names then return end
      local name = names[byte() % #names + 1]
      f = self[name] or getmetatable(self)[name]
    end
    local results
    local given = table.pack(arguments())
    -- a path would be a file
    if f == socket.socket.bind and type(given[1]) == "string" and given[1]:sub(1, 1) ~= "\0" then return end
    if self ~= nil then results = table.pack(pcall(f, self, table.unpack(given, 1, given.n)))
    else results = table.pack(pcall(f, table.unpack(given, 1, given.n))) end
    if results[1] then keep(table.unpack(results, 2, results.n))
    elseif not is_clear(results[2]) then error("unclear: " .. tostring(results[2]), 0)
    end
    for i = 1, results.n do pcall(tostring, results[i]) end
  end

  local steps = 0
  while place <= #data and steps < 200 do
    steps = steps + 1
    step()
  end
  for _, value in ipairs(values) do
    if names_for(value) and names_for(value) ~= byte_methods then pcall(function() value:close() end) end
  end
end
