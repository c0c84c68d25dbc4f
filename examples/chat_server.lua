-- A chat: every client receives the lines of all clients. A task reads the lines of each; try it
-- with nc.
-- ./dev run examples/chat_server.lua [host [port]]; port 0 is any free one

local loop = require "pysocket.loop"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local host, port = arg[1] or "127.0.0.1", tonumber(arg[2] or 0)

local LONGEST_LINE <const> = 1000 -- bytes; a longer line ends the connection
local MOST_UNREAD <const> = 1000 -- lines in a client's queue
local MOST_CLIENTS <const> = 500 -- at a time; further clients wait in the listener's queue

local clients = {} -- the clients that have sent their name, as keys

-- Sends the lines in a client's queue, in order, until the queue is empty: a task.
local function drain(client)
  while client.unread[1] do
    local text = table.concat(client.unread)
    client.unread = {}
    client.conn:sendall(text)
  end
  client.sender = nil
end

-- Nobody waits for a client that reads slowly: its lines wait in its queue.
local function tell(client, text)
  if #client.unread == MOST_UNREAD then -- a client that reads nothing loses its connection
    return socket.protect(client.conn.shutdown)(client.conn, socket.SHUT_RDWR)
  end
  table.insert(client.unread, text .. "\n")
  client.sender = client.sender or loop.spawn(socket.protect(drain), client)
end

local function tell_all(text)
  for client in pairs(clients) do tell(client, text) end
end

local function converse(client, lines)
  tell(client, "Your name?")
  client.name = lines()
  if not client.name then return end
  clients[client] = true
  tell_all(client.name .. " is here")
  for line in lines do tell_all(client.name .. ": " .. line) end
end

local function serve(conn)
  local client = { conn = conn, unread = {} }
  local f <close> = conn:makefile("r", { limit = LONGEST_LINE })
  local ok, err = socket.protect(converse)(client, f:lines())
  if not ok then print(err) end -- the client broke off, or was cut off
  if clients[client] then
    clients[client] = nil
    tell_all(client.name .. " has left")
  end
end

loop.run(function()
  local listener = socket.create_server({ host, port })
  print("listening on " .. tostring(listener:getsockname()))
  loop.serve(listener, serve, { limit = MOST_CLIENTS }):join()
end)
