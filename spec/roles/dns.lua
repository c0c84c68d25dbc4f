-- A name server on 127.0.0.1:53, over UDP, for a network of its own. The name says what it does:
-- silent.test, silent1.test, silent2.test, ... and who has 192.0.2.9 are never answered, slow.test late,
-- servfail.test and junk.test badly, second.test only when it is asked for a second time, held.test when
-- release.test is asked for; live1.test, live2.test, ... and the records below are known; anything else does
-- not exist. Prints "ready".

local socket = require "pysocket"

local DELAY <const> = 0.3
local A <const>, CNAME <const>, PTR <const>, AAAA <const> = 1, 5, 12, 28

local function many(count)
  local list = {}
  for i = 1, count do list[i] = "192.0.2." .. i end
  return list
end

local records = {
  ["live.test"] = {[A] = {"127.0.0.1"}},
  ["slow.test"] = {[A] = {"127.0.0.1"}},
  ["both.test"] = {[A] = {"127.0.0.1"}, [AAAA] = {"::1"}},
  ["mixed.test"] = {[A] = {"127.0.0.1"}, [AAAA] = {"2001:db8::1"}},
  ["dead.test"] = {[A] = many(20)},
  ["xn--bcher-kva.test"] = {[A] = {"127.0.0.1"}}, -- bücher.test
  ["alias.test"] = {[CNAME] = {"live.test"}},
  ["1.2.0.192.in-addr.arpa"] = {[PTR] = {"one.test"}},
}

setmetatable(records, {__index = function(_, name) return name:find("^live%d+%.test$") and records["live.test"] end})
for _, name in ipairs({"second.test", "held.test", "release.test"}) do records[name] = records["live.test"] end

local silent = {["9.2.0.192.in-addr.arpa"] = true}
setmetatable(silent, {__index = function(_, name) return name:find("^silent%d*%.test$") end})

local asked = {} -- how often second.test was, by the type of record

local function name_of(query)
  local labels, position = {}, 13
  repeat
    local label
    label, position = string.unpack("s1", query, position)
    if label ~= "" then labels[#labels + 1] = label:lower() end
  until label == ""
  return table.concat(labels, "."), string.unpack(">I2", query, position), position + 4
end

local function encoded(name)
  return name:gsub("([^.]+)%.?", function(label) return string.pack("s1", label) end) .. "\0"
end

local data = {
  [A] = function(text) return socket.inet_pton(socket.AF_INET, text) end,
  [AAAA] = function(text) return socket.inet_pton(socket.AF_INET6, text) end,
  [CNAME] = encoded,
  [PTR] = encoded,
}

local function record(owner, type, value)
  return owner .. string.pack(">I2I2I4s2", type, 1, 0, data[type](value))
end

local function answers(name, type)
  local list, owner = {}, "\xC0\x0C" -- the name in the question
  local known = records[name] or {}
  if known[CNAME] then
    local target = known[CNAME][1]
    list[1] = record(owner, CNAME, target)
    known, owner = records[target], encoded(target)
  end
  for _, value in ipairs(known[type] or {}) do list[#list + 1] = record(owner, type, value) end
  return list
end

local function reply(query, ends, rcode, list)
  local header = query:sub(1, 2) .. string.pack(">I2I2I2I2I2", 0x8180 | rcode, 1, #list, 0, 0)
  return header .. query:sub(13, ends - 1) .. table.concat(list)
end

-- A wait that nothing ends but its timeout.
local quiet, peer = socket.socketpair()
quiet:settimeout(DELAY)

local function answer(query)
  local name, type, ends = name_of(query)
  if silent[name] then return nil end
  if name == "second.test" then
    asked[type] = (asked[type] or 0) + 1
    if asked[type] == 1 then return nil end
  end
  if name == "servfail.test" then return reply(query, ends, 2, {}) end
  if name == "junk.test" then return query:sub(1, 2) .. ("\xFF"):rep(40) end
  if name == "slow.test" then pcall(quiet.recv, quiet, 1) end
  return reply(query, ends, records[name] and 0 or 3, answers(name, type))
end

local server <close> = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server:bind({"127.0.0.1", 53})
assert(peer:fileno() >= 0) -- it has to live
print("ready")
io.stdout:flush()
local held = {} -- questions that are answered later, and who asked; nil when they are
while true do
  local query, client = server:recvfrom(512)
  local name = name_of(query)
  local list = {{query, client}}
  if held and name == "held.test" then
    held[#held + 1], list = list[1], {}
  elseif held and name == "release.test" then
    list, held = table.move(held, 1, #held, 2, list), nil
  end
  for _, question in ipairs(list) do
    local text = answer(question[1])
    if text then server:sendto(text, question[2]) end
  end
end
