-- A name server on 127.0.0.1:53, over UDP, that answers junk of many kinds, one after the other. Prints "ready".

local socket = require "pysocket"

math.randomseed(7)

local function random(n)
  local bytes = {}
  for i = 1, n do bytes[i] = string.char(math.random(0, 255)) end
  return table.concat(bytes)
end

-- A reply to the question with these counts and that rest; the flags say: an answer, no error.
local function reply(query, counts, rest, flags)
  return query:sub(1, 2) .. string.pack(">I2I2I2I2I2", flags or 0x8180, counts[1], counts[2], counts[3] or 0, counts[4] or 0)
    .. rest
end

local function question(query)
  local position = 13
  while query:byte(position) and query:byte(position) ~= 0 do position = position + query:byte(position) + 1 end
  return query:sub(13, position + 4)
end

local function record(type, data, owner, length)
  return (owner or "\xC0\x0C") .. string.pack(">I2I2I4I2", type, 1, 60, length or #data) .. data
end

local NAME <const> = "\1a\0"
local kinds = {
  function(q) return q:sub(1, 2) .. random(math.random(0, 500)) end,
  function() return random(math.random(0, 30)) end,
  function(q) return q:sub(1, 2) end,
  function(q) return reply(q, {1, 1}, question(q)) end, -- an answer that is not there
  function(q) return reply(q, {1, 65535}, question(q) .. record(1, "\127\0\0\1")) end,
  function(q) return reply(q, {1, 1}, question(q) .. record(1, "\127\0")) end, -- too short
  function(q) return reply(q, {1, 1}, question(q) .. record(1, random(300))) end,
  function(q) return reply(q, {1, 1}, question(q) .. record(1, "\127\0\0\1", nil, 65535)) end, -- a length that lies
  function(q) return reply(q, {1, 1}, question(q) .. record(5, "\xC0\x0C")) end, -- its own alias
  function(q) return reply(q, {1, 1}, question(q) .. record(5, "\xFF\xFF")) end, -- a pointer to nowhere
  function(q) return reply(q, {1, 1}, question(q) .. record(1, "\127\0\0\1", "\xC0\xFF")) end,
  function(q) return reply(q, {1, 2}, question(q) .. record(5, "\3a\0b\0") .. record(1, "\127\0\0\1", "\3a\0b\0")) end,
  function(q) return reply(q, {1, 1}, question(q) .. record(12, "\63" .. random(63) .. "\0")) end,
  function(q) return reply(q, {1, 1}, question(q) .. record(12, "\xC0\x0C")) end,
  function(q) return reply(q, {1, 1}, question(q) .. record(28, random(16))) end,
  function(q) return reply(q, {1, 1}, question(q) .. record(28, random(4))) end,
  function(q) return reply(q, {0, 1}, record(1, "\127\0\0\1", NAME)) end, -- no question
  function(q) return reply(q, {1, 0}, question(q), 0x8380) end, -- cut off: over TCP, where nobody is
  function(q) return reply(q, {1, 0}, question(q), 0x8180 | math.random(0, 15)) end,
  function(q)
    local many = {}
    for i = 1, 200 do many[i] = record(1, random(4)) end
    return reply(q, {1, 200}, question(q) .. table.concat(many))
  end,
  function(q) return q end, -- the question itself
  function(q) return reply(q, {1, 1}, question(q) .. record(1, "\127\0\0\1")) .. random(400) end,
}

local s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s:bind({"127.0.0.1", 53})
print("ready")
io.stdout:flush()
local turn = 0
while true do
  local query, from = s:recvfrom(4096)
  turn = turn + 1
  pcall(s.sendto, s, kinds[turn % #kinds + 1](query), from)
end
