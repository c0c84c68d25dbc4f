-- Runs a Lua program and prints its socket operations to stderr, in the style of strace.
-- ./dev run examples/strace.lua program.lua [argument ...]

local socket = require "pysocket"

local LONGEST <const> = 32 -- bytes of a string that are printed

-- Formats bytes as strace does.
local function quoted(text)
  local shown = text:sub(1, LONGEST):gsub('[%c"\\\x7F-\xFF]', function(char)
    local known = {["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\"}
    return known[char] or ("\\x%02x"):format(char:byte())
  end)
  return '"' .. shown .. (#text > LONGEST and '"...' or '"')
end

local shown

-- Formats a table, up to some depth.
local function shown_table(t, depth)
  if depth > 2 then return "{...}" end
  local parts = {}
  for i = 1, math.min(#t, 4) do parts[i] = shown(t[i], depth + 1) end
  if #t > 4 then parts[5] = "..." end
  for name, value in pairs(t) do
    if type(name) == "string" then parts[#parts + 1] = name .. "=" .. shown(value, depth + 1) end
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

function shown(value, depth)
  if type(value) == "string" then return quoted(value) end
  if type(value) == "table" and not (getmetatable(value) or {}).__tostring then
    return shown_table(value, depth or 0)
  end
  return tostring(value)
end

-- Formats values up to the last one that is not nil.
local function shown_all(values)
  local parts, last = {}, values.n
  while last > 0 and values[last] == nil do last = last - 1 end
  for i = 1, last do parts[i] = shown(values[i]) end
  return table.concat(parts, ", ")
end

local function outcome(results, err)
  if err == nil then return results.n > 0 and shown_all(results) or "0" end
  if not socket.isinstance(err, socket.OSError) then return "! " .. tostring(err) end
  return ("-1 %s (%s)"):format(err.name or getmetatable(err).__name, err.strerror)
end

local function trace(name, fd, results, err, seconds, arguments)
  local given = shown_all(arguments)
  if fd then given = given == "" and tostring(fd) or fd .. ", " .. given end
  local line = "%s(%s) = %s <%.6f>\n"
  io.stderr:write(line:format(name, given, outcome(results, err), seconds))
end

local path = assert(arg[1], "usage: strace.lua program.lua [argument ...]")
local program = assert(loadfile(path))
table.move(arg, 1, #arg + 1, 0)
socket.settrace(trace)
program(table.unpack(arg))
