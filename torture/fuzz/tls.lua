-- What a peer of TLS sends. The first byte says what the bytes behind it are: a stream for a client or for a server, or changes of
-- what two real ends send each other, in the handshake and behind it. Whatever it is: the ends answer, or raise an error of ours.

local socket = require "pysocket"
local ssl = require "pysocket.ssl"

local folder <const> = assert(os.getenv("TLS_FOLDER"), "TLS_FOLDER has to name the folder of certificates")

local client = ssl.create_default_context({cafile = folder .. "/authority.pem"})
local server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
server:load_cert_chain(folder .. "/localhost.pem", folder .. "/localhost.key")
server:set_alpn_protocols({"h2", "http/1.1"})
client:set_alpn_protocols({"http/1.1"})
function server.sni_callback(_, name) return name == "refused" and ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME or nil end

local key_client, key_server = require("torture.keys")()

-- Calls a method: its results, or nil where it raises one of our errors; any other one is what this looks for.
local function try(object, name, ...)
  local ok, result = pcall(object[name], object, ...)
  if ok then return result or true end
  if not socket.isinstance(result, ssl.SSLError) then error(result, 0) end
  local _ = tostring(result)
  return nil, result
end

-- All that one may ask of a connection in whatever state it is.
local function ask(object)
  for _, name in ipairs({"version", "cipher", "selected_alpn_protocol", "shared_ciphers", "pending", "get_verified_chain",
    "get_unverified_chain", "get_channel_binding", "group", "getpeercert"}) do
    try(object, name)
  end
  local _ = object.session
end

-- The bytes as the answer of a peer.
local function answer(bytes, context, server_side)
  local incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
  local object = context:wrap_bio(incoming, outgoing, server_side, not server_side and "localhost" or nil)
  try(object, "do_handshake")
  incoming:write(bytes)
  for _ = 1, 4 do
    try(object, "do_handshake")
    try(object, "read", 100)
  end
  incoming:write_eof()
  try(object, "read", 100)
  ask(object)
end

-- Changes of bytes on their way: each takes three bytes of the program, how many bytes pass before it, what it does, and a value.
local function changer(program)
  local at, left = 1, nil
  return function(bytes)
    local out, from = {}, 1
    while at + 2 <= #program do
      local distance, what, value = program:byte(at, at + 2)
      left = left or distance * 4
      if from + left > #bytes then
        left = left - (#bytes - from + 1)
        break
      end
      out[#out + 1] = bytes:sub(from, from + left - 1)
      from, left, at = from + left, nil, at + 3
      if what < 100 then
        out[#out + 1] = string.char(value)
        from = from + 1
      elseif what < 150 then
        out[#out + 1] = string.char(value):rep(what - 99)
      elseif what < 200 then
        from = from + value
      else
        out[#out + 1] = bytes:sub(from, from + value)
      end
    end
    out[#out + 1] = bytes:sub(from)
    return table.concat(out)
  end
end

local function converse(program, of_client, of_server, hostname)
  local change = changer(program)
  local a_in, a_out, b_in, b_out = ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO()
  local a = of_client:wrap_bio(a_in, a_out, false, hostname)
  local b = of_server:wrap_bio(b_in, b_out, true)
  local function carry()
    b_in:write(change(a_out:read()))
    a_in:write(change(b_out:read()))
  end
  for _ = 1, 4 do
    try(a, "do_handshake")
    carry()
    try(b, "do_handshake")
    carry()
  end
  for round = 1, 3 do
    try(a, "write", ("question "):rep(round * 20))
    carry()
    local text = try(b, "read", 1000)
    if type(text) == "string" then try(b, "write", text) end
    carry()
    try(a, "read", 1000)
  end
  try(a, "unwrap")
  carry()
  try(b, "unwrap")
  carry()
  ask(a)
  ask(b)
end

return function(bytes)
  local kind, rest = (bytes:byte(1) or 0) % 4, bytes:sub(2)
  if kind == 0 then answer(rest, client, false)
  elseif kind == 1 then answer(rest, server, true)
  elseif kind == 2 then converse(rest, key_client, key_server)
  else converse(rest, client, server, "localhost")
  end
end
