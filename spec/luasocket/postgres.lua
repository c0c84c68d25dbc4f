-- A client of PostgreSQL as a user of LuaSocket writes it, from the description of its protocol
-- (version 3.0), without passwords.

local Postgres = {}
Postgres.__index = Postgres

function Postgres:send(kind, body) return assert(self.conn:send(kind .. string.pack(">I4", #body + 4) .. body)) end

-- The next message: its kind and its body.
function Postgres:message()
  local head = assert(self.conn:receive(5))
  local kind, size = string.unpack(">c1I4", head)
  return kind, size > 4 and assert(self.conn:receive(size - 4)) or ""
end

-- The text of an error's message.
local function text_of(body) return body:match("%z?M([^%z]*)") end

-- Reads answers until the server is ready: the first error's text, or nil.
function Postgres:ready(handlers)
  local failure
  repeat
    local kind, body = self:message()
    if kind == "E" then failure = failure or text_of(body) end
    if handlers and handlers[kind] then handlers[kind](body) end
  until kind == "Z"
  return failure
end

function Postgres.new(conn, user, database)
  local self = setmetatable({ conn = conn }, Postgres)
  self:send("", string.pack(">I4zzzzB", 3 << 16, "user", user, "database", database, 0))
  assert(not self:ready())
  return self
end

local function names_of(body)
  local count, place = string.unpack(">I2", body)
  local names = {}
  for i = 1, count do
    names[i], place = string.unpack("z", body, place)
    place = place + 18 -- table, column, type, size, modifier, format
  end
  return names
end

local function row_of(body, names)
  local count, place = string.unpack(">I2", body)
  local row = {}
  for i = 1, count do
    local size
    size, place = string.unpack(">i4", body, place)
    if size >= 0 then
      row[names[i]] = body:sub(place, place + size - 1)
      place = place + size
    end
  end
  return row
end

-- The rows of a query, as tables of texts; or nil and an error.
function Postgres:query(text)
  local names, rows = {}, {}
  self:send("Q", string.pack("z", text))
  local failure = self:ready {
    T = function(body) names = names_of(body) end,
    D = function(body) rows[#rows + 1] = row_of(body, names) end,
  }
  if failure then return nil, failure end
  return rows
end

function Postgres:close()
  self:send("X", "")
  self.conn:close()
end

return Postgres
