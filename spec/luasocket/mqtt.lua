-- A client of MQTT 3.1.1 as a user of LuaSocket writes it, from the standard.

local Client = {}
Client.__index = Client

local CONNECT <const>, PUBLISH <const>, SUBSCRIBE <const> = 0x10, 0x30, 0x82

-- The length of a packet's rest: seven bits a byte, the low ones first.
local function length_of(rest)
  local bytes, length = {}, #rest
  repeat
    local byte = length & 0x7f
    length = length >> 7
    bytes[#bytes + 1] = string.char(length > 0 and byte | 0x80 or byte)
  until length == 0
  return table.concat(bytes)
end

function Client:packet(kind, rest)
  assert(self.conn:send(string.char(kind) .. length_of(rest) .. rest))
end

-- The kind and the rest of the next packet.
function Client:next()
  local kind = assert(self.conn:receive(1)):byte()
  local length, shift = 0, 0
  local byte
  repeat
    byte = assert(self.conn:receive(1)):byte()
    length = length | (byte & 0x7f) << shift
    shift = shift + 7
  until byte < 0x80
  return kind, length > 0 and assert(self.conn:receive(length)) or ""
end

-- A connection to the broker, whose answer's last byte is 0.
function Client.new(conn, name)
  local client = setmetatable({ conn = conn }, Client)
  client:packet(CONNECT, string.pack(">s2BBI2s2", "MQTT", 4, 2, 60, name))
  local _, rest = client:next()
  assert(rest:byte(2) == 0)
  return client
end

function Client:subscribe(topic)
  self:packet(SUBSCRIBE, string.pack(">I2s2B", 1, topic, 0))
  return self:next()
end

function Client:publish(topic, text)
  self:packet(PUBLISH, string.pack(">s2", topic) .. text)
end

-- The topic and the text of what is published.
function Client:receive()
  local _, rest = self:next()
  local topic, place = string.unpack(">s2", rest)
  return topic, rest:sub(place)
end

return Client
