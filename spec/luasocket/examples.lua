-- Runs the examples of LuaSocket's behaviour: gives each what it needs, and writes its results as
-- text. The same examples run with LuaSocket itself and with ours.

local examples = {}

local function quote(text)
  if #text > 200 then return ("%d bytes"):format(#text) end
  return '"' .. text:gsub("[%c\"\\]", function(c)
    return ({ ["\n"] = "\\n", ["\r"] = "\\r", ["\0"] = "\\0" })[c] or ("\\" .. c)
  end) .. '"'
end

local write

local function write_table(t)
  local parts, count = {}, #t
  for i = 1, count do parts[i] = write(t[i]) end
  for key, value in pairs(t) do
    if math.type(key) ~= "integer" or key < 1 or key > count then
      local name = type(key) == "string" and key or "[" .. write(key) .. "]"
      parts[#parts + 1] = name .. " = " .. write(value)
    end
  end
  if count == 0 then table.sort(parts) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- A value as text: objects of LuaSocket by their class, what has an address by its type.
function write(value)
  local kind = type(value)
  if kind == "string" then return quote(value) end
  if kind == "userdata" then return tostring(value):match("^[^:]*") end
  if kind == "table" then return write_table(value) end
  if kind == "function" then return "function" end
  return tostring(value)
end

examples.write = write

local Environment = {}

-- What an example uses is made when it is first asked for.
local makers = {
  server = function(e) return assert(e.socket.bind("127.0.0.1", 0)) end,
  port = function(e)
    local _, port = e.server:getsockname()
    return math.tointeger(tonumber(port))
  end,
  a = function(e)
    e.b = nil
    local a = assert(e.socket.connect("127.0.0.1", e.port))
    e.b = assert(e.server:accept())
    a:settimeout(10)
    e.b:settimeout(10)
    return a
  end,
  b = function(e)
    local _ = e.a
    return rawget(e, "b")
  end,
  -- a port that nobody listens at, kept by a socket that is bound alone
  free = function(e)
    e.keeper = e.socket.tcp()
    assert(e.keeper:bind("127.0.0.1", 0))
    local _, port = e.keeper:getsockname()
    return math.tointeger(tonumber(port))
  end,
  udp = function(e)
    local udp = assert(e.socket.udp())
    assert(udp:setsockname("127.0.0.1", 0))
    udp:settimeout(10)
    return udp
  end,
  udp_port = function(e)
    local _, port = e.udp:getsockname()
    return math.tointeger(tonumber(port))
  end,
  sender = function(e)
    local sender = assert(e.socket.udp())
    assert(sender:setpeername("127.0.0.1", e.udp_port))
    sender:settimeout(10)
    return sender
  end,
  path = function(e)
    local path = os.tmpname()
    os.remove(path)
    e.paths[#e.paths + 1] = path
    return path
  end,
  listener = function(e)
    local listener = e.unix.stream()
    assert(listener:bind(e.path))
    assert(listener:listen())
    return listener
  end,
  c = function(e)
    local c = e.unix.stream()
    assert(c:connect(e.listener and e.path))
    e.d = assert(e.listener:accept())
    c:settimeout(10)
    e.d:settimeout(10)
    return c
  end,
  d = function(e)
    local _ = e.c
    return rawget(e, "d")
  end,
}

function Environment:__index(name)
  if not makers[name] then return Environment[name] end
  self[name] = makers[name](self)
  return rawget(self, name)
end

-- A connection more for the server to accept.
function Environment:connect()
  self.more = assert(self.socket.connect("127.0.0.1", self.port))
end

-- Waits until something can be read of it.
function Environment:arrived(object)
  assert(#self.socket.select({ object }, nil, 10) == 1)
end

-- Waits until the peer's end, or its reset, is there.
function Environment:settle()
  self:arrived(self.a)
end

-- Sends so many bytes from `a` to `b` in as many pieces as it takes: do they arrive whole? `waits` is the message of a call
-- that would block.
function examples.pump(e, count, waits)
  local data, sent, part = ("0123456789"):rep(count // 10), 0, ""
  e.a:settimeout(0)
  e.b:settimeout(0)
  repeat
    local last, _, partial = e.a:send(data, sent + 1)
    sent = last or partial
    local all, err, some = e.b:receive(count, part)
    assert(all or err == waits, err)
    part = all or some
  until all
  return part == data
end

function Environment:pump(count) return examples.pump(self, count, "timeout") end

-- The results of an example as text.
function examples.run(case, socket, unix)
  local e = setmetatable({ socket = socket, unix = unix, paths = {} }, Environment)
  local results = table.pack(pcall(case[2], e))
  for _, path in ipairs(e.paths) do os.remove(path) end
  if not results[1] then
    local err = results[2]
    return "error: " .. (type(err) == "string" and err:gsub("^[^:]+:%d+: ", "") or write(err))
  end
  for i = 2, results.n do results[i] = write(results[i]) end
  return table.concat(results, " ", 2, results.n)
end

examples.lists = {
  streams = require "spec.luasocket.tcp_cases",
  ["streams' receive"] = require "spec.luasocket.receive_cases",
  datagrams = require "spec.luasocket.udp_cases",
  ["UNIX sockets"] = require "spec.luasocket.unix_cases",
  options = require "spec.luasocket.option_cases",
  functions = require "spec.luasocket.function_cases",
}

return examples
