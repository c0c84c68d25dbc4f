-- A client of Redis as a user of LuaSocket writes it, from the description of its protocol (RESP).

local Redis = {}
Redis.__index = Redis

function Redis.new(conn) return setmetatable({ conn = conn }, Redis) end

-- Sends a command, a text or number a word.
function Redis:send(...)
  local parts = { ("*%d\r\n"):format(select("#", ...)) }
  for _, word in ipairs({ ... }) do
    word = tostring(word)
    parts[#parts + 1] = ("$%d\r\n%s\r\n"):format(#word, word)
  end
  return assert(self.conn:send(table.concat(parts)))
end

local readers = {}

-- The next answer: a text, a number, a list, nil, or nil and an error.
function Redis:answer()
  local line = assert(self.conn:receive("*l"))
  return readers[line:sub(1, 1)](self, line:sub(2))
end

readers["+"] = function(_, text) return text end
readers["-"] = function(_, text) return nil, text end
readers[":"] = function(_, text) return math.tointeger(tonumber(text)) end

readers["$"] = function(self, text)
  local size = tonumber(text)
  if size < 0 then return nil end
  return (assert(self.conn:receive(size + 2)):sub(1, -3))
end

readers["*"] = function(self, text)
  local count, list = tonumber(text), {}
  if count < 0 then return nil end
  for i = 1, count do list[i] = self:answer() end
  return list
end

function Redis:call(...)
  self:send(...)
  return self:answer()
end

return Redis
