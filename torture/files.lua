-- files ROUNDS SEED: reads random text, in random pieces, by random methods of files in all modes, and compares with what a model
-- gives that has all of the text from the beginning.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local rounds, seed = tonumber(arg[1]), tonumber(arg[2])
math.randomseed(seed)

local random <const> = math.random

local function choose(list) return list[random(#list)] end

-- Text in which ends of lines, and halves of them, are as frequent as letters.
local function random_text()
  local bits, pieces = choose { { "a", "b", "\n", "\r" }, { "a", "\r\n" }, { "a", "bc", "\n" }, { "\u{E9}", "\xFF", "a", "\r\n" } }, {}
  for i = 1, random(400) do pieces[i] = random(20) == 1 and ("x"):rep(random(300)) or choose(bits) end
  return table.concat(pieces)
end

-- The model: what is left of the text, as the mode has it.

local function translated(text) return (text:gsub("\r\n", "\n"):gsub("\r", "\n")) end

-- The length of the first line and of its end.
local function measure(text, newline)
  if newline == "" then
    local first, _, ending = text:find("([\r\n])")
    if not first then return #text, 0 end
    return first - 1, ending == "\r" and text:sub(first + 1, first + 1) == "\n" and 2 or 1
  end
  local first = text:find(newline or "\n", 1, true)
  return first and first - 1 or #text, first and #(newline or "\n") or 0
end

local Model = {}
Model.__index = Model

function Model:take(count)
  local taken = self.text:sub(1, count)
  self.text = self.text:sub(count + 1)
  return taken
end

function Model:line(keep, most)
  local length, width = measure(self.text, self.newline)
  if not most and length > self.limit then return nil, "LimitOverrunError" end
  if most and length + width > most then return self:take(most) end
  local line = self:take(length + width)
  return keep and line or line:sub(1, length)
end

-- Each gives what the file is to give, or nil and the class of its error, and what asks the file.
local methods = {}

function methods.read_l(model, f)
  local ended = model.text == ""
  local line, err = model:line(false)
  if ended then line = nil end
  return line, err, function() return f:read("l") end
end

function methods.read_L(model, f)
  local ended = model.text == ""
  local line, err = model:line(true)
  if ended then line = nil end
  return line, err, function() return f:read("L") end
end

function methods.lines(model, f)
  local ended = model.text == ""
  local line, err = model:line(false)
  if ended then line = nil end
  return line, err, f:lines()
end

function methods.readline(model, f)
  local most = random(3) == 1 and random(40) or nil
  local line, err = model:line(true, most)
  return line, err, function() return f:readline(most) end
end

function methods.count(model, f)
  local count = random(3) == 1 and random(300) or random(5)
  local ended = model.text == ""
  local text = model:take(count)
  if ended then text = nil end
  return text, nil, function() return f:read(count) end
end

function methods.exactly(model, f)
  local count = random(30)
  local short = #model.text < count
  local text = model:take(count)
  if short then return nil, "IncompleteReadError", function() return f:readexactly(count) end end
  return text, nil, function() return f:readexactly(count) end
end

function methods.until_(model, f)
  local delimiter = choose { "a", "bc", "x\n", "aa" }
  local first, last = model.text:find(delimiter, 1, true)
  local function read() return f:readuntil(delimiter) end
  local before = first and first - 1 or #model.text - #delimiter + 1
  if before > model.limit then return nil, "LimitOverrunError", read end
  if not first then
    model.text = ""
    return nil, "IncompleteReadError", read
  end
  return model:take(last), nil, read
end

function methods.several(model, f)
  local before, count = model.text, random(6)
  local ended = before == ""
  local line, err = model:line(false)
  local rest = line and (model.text ~= "" and model:take(count) or "nil")
  if ended then line = nil end
  if err then model.text = before end
  return line and line .. ";" .. rest, err, function()
    local a, b = f:read("l", count)
    return a and a .. ";" .. tostring(b)
  end
end

function methods.into(model, f)
  local buffer = socket.bytearray(random(20))
  return model:take(#buffer), nil, function() return buffer:sub(1, f:readinto(buffer)) end
end

local names = {}
for name in pairs(methods) do names[#names + 1] = name end
table.sort(names)

-- Sends it in pieces, some of them together, as a task.
local function send(s, text)
  local place = 1
  while place <= #text do
    local size = random(4) == 1 and random(500) or random(4)
    s:sendall(text:sub(place, place + size - 1))
    place = place + size
    if random(3) > 1 then loop.sleep(0) end
  end
  s:shutdown(socket.SHUT_WR)
end

local function check(round, name, expected, class, read)
  local ok, got = pcall(read)
  local same = ok and got == expected
  if class then same = not ok and socket.isinstance(got, socket[class]) end
  if same then return end
  error(("round %d of seed %d: %s: expected %s, got %s"):format(
    round, seed, name, class or ("%q"):format(expected), type(got) == "string" and ("%q"):format(got) or tostring(got)
  ), 0)
end

local function play(round)
  local text = random_text()
  local newline = choose { false, "", "\n", "\r", "\r\n" } or nil
  local checked = random(4) == 1
  local mode = random(4) == 1 and "rb" or "r"
  local limit = random(3) == 1 and random(50) or 1 << 20
  local size = choose { 2, 3, 16, 200, 65536 }
  local options = { newline = newline, limit = limit, buffering = size }
  local model = setmetatable({ text = text, newline = newline, limit = limit }, Model)
  if mode == "rb" then
    model.newline = "\n"
  else
    if checked then
      options.encoding, options.errors = "utf-8", "replace"
      model.text = model.text:gsub("\xFF", "\u{FFFD}")
    end
    if not newline then model.text, model.newline = translated(model.text), "\n" end
  end
  local a, b = socket.socketpair()
  local f = a:makefile(mode, options)
  local sender = loop.spawn(send, b, text)
  repeat
    local ended = model.text == ""
    local name = choose(names)
    check(round, name, methods[name](model, f))
    if model.text ~= "" and random(20) == 1 then -- over what is longer than the limit
      local count = random(400)
      check(round, "read", model:take(count), nil, function() return f:read(count) end)
    end
  until ended
  sender:join()
  f:close()
  a:close()
  b:close()
end

loop.run(function()
  for round = 1, rounds do play(round) end
end)
print(rounds .. " rounds")
