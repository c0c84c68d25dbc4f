-- A remote debugger as a user of LuaSocket writes it, with the commands of MobDebug: a line hook of the program that is debugged
-- waits for the controller's commands where the program is to pause, and looks before every other line whether one has come.

local Debugger = {}
Debugger.__index = Debugger

-- Connects to the controller; the port is a text there.
function Debugger.new(socket, host, port)
  local conn = assert(socket.tcp())
  conn:settimeout(10)
  assert(conn:connect(host, tostring(port)))
  conn:settimeout()
  return setmetatable({conn = conn, breakpoints = {}, stepping = true, begun = ""}, Debugger)
end

function Debugger:answer(text) assert(self.conn:send(text .. "\n")) end

-- Has a command come? The byte that says so is the first of its line.
function Debugger:pending()
  if self.begun ~= "" then return true end
  self.conn:settimeout(0)
  local byte, err = self.conn:receive(1)
  self.conn:settimeout()
  if not byte and err ~= "timeout" then error("the controller is gone: " .. err, 0) end
  self.begun = byte or ""
  return byte ~= nil
end

local commands = {}

function commands.SETB(self, rest)
  self.breakpoints[tonumber(rest)] = true
  self:answer("200 OK")
end

function commands.DELB(self, rest)
  self.breakpoints[tonumber(rest)] = nil
  self:answer("200 OK")
end

function commands.EXEC(self, rest, variables)
  local f, err = load(rest, "=command", "t", variables)
  local ok, value = pcall(f or error, err)
  value = tostring(value)
  self:answer(("%s %d"):format(ok and "200 OK" or "401 Error in Expression", #value))
  assert(self.conn:send(value))
end

-- The name of a chunk, whose text follows.
function commands.LOAD(self, rest, variables)
  local size = rest:match("^%d+")
  local text = assert(self.conn:receive(size)) -- a text as well
  variables.loaded = load(text, "=loaded", "t", variables)()
  self:answer("200 OK 0")
end

function commands.SUSPEND() end

local function going_on(stepping, done)
  return function(self)
    self:answer("200 OK")
    self.stepping, self.done = stepping, done
    return true
  end
end

commands.RUN, commands.STEP, commands.DONE = going_on(false), going_on(true), going_on(false, true)

-- Carries commands out until one lets the program go on. In a coroutine, as MobDebug does it.
function Debugger:converse(line, variables)
  if not self.first then self:answer(("202 Paused program %d"):format(line)) end
  self.first = false
  repeat
    local command = self.begun .. assert(self.conn:receive("*l"))
    self.begun = ""
    local name, rest = command:match("^(%u+) ?(.*)$")
    local going
    if commands[name] then going = commands[name](self, rest, variables)
    else self:answer("400 Bad Request") end
  until going
end

-- The variables of the function at that level, which commands may set.
local function variables_of(level)
  local places, values = {}, {}
  local i = 1
  local name, value = debug.getlocal(level + 1, i)
  while name do
    if name:sub(1, 1) ~= "(" then places[name], values[name] = i, value end
    i = i + 1
    name, value = debug.getlocal(level + 1, i)
  end
  return values, places
end

-- Debugs f(...): returns what it returns.
function Debugger:run(f, ...)
  local source = debug.getinfo(f, "S").source
  local start = debug.getinfo(f, "S").linedefined
  self.first = true
  debug.sethook(function(_, line)
    local info = debug.getinfo(2, "Sf")
    if info.func ~= f or info.source ~= source then return end
    line = line - start
    if not (self.stepping or self.breakpoints[line] or self:pending()) then return end
    local values, places = variables_of(2)
    local conversation = coroutine.create(self.converse)
    local ok, err = coroutine.resume(conversation, self, line, values)
    if not ok then error(err, 0) end
    for name, place in pairs(places) do debug.setlocal(2, place, values[name]) end
    if self.done then self:finish() end
  end, "l")
  local results = table.pack(f(...))
  self:finish()
  return table.unpack(results, 1, results.n)
end

function Debugger:finish()
  debug.sethook()
  self.conn:close()
end

return Debugger
