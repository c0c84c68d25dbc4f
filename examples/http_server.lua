-- Serves the files below a directory over HTTP/1.0; try it with curl.
-- ./dev run examples/http_server.lua directory [host [port [connections]]]

local loop = require "pysocket.loop"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local directory = assert(arg[1], "usage: http_server.lua directory [host [port [connections]]]")
local host, port = arg[2] or "127.0.0.1", tonumber(arg[3] or 0)
local connections = tonumber(arg[4] or math.huge)

local TYPES <const> = {html = "text/html; charset=utf-8", txt = "text/plain; charset=utf-8"}

-- Returns the path of a URL, without escapes and query; nil if it leads out of the directory.
local function decode(target)
  local path = target:gsub("%?.*", ""):gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end)
  if path:find("^[^/]") or path:find("\0", 1, true) or (path .. "/"):find("/../", 1, true) then
    return nil
  end
  return path:gsub("/$", "/index.html")
end

-- Opens a file for reading; io.open opens directories, too.
local function open(path)
  local file = io.open(directory .. path, "rb")
  if not file then return nil end
  local _, problem = file:read(1)
  if not problem then return file end
  file:close()
end

local function respond(conn, status, kind, length)
  local head = "HTTP/1.0 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
  conn:sendall(head:format(status, kind, length))
end

local function refuse(conn, status)
  respond(conn, status, "text/plain", #status + 1)
  conn:sendall(status .. "\n")
  return status
end

local function answer(conn, method, target)
  if not method then return refuse(conn, "400 Bad Request") end
  if method ~= "GET" then return refuse(conn, "501 Not Implemented") end
  local path = decode(target)
  if not path then return refuse(conn, "403 Forbidden") end
  local file <close> = open(path)
  if not file then return refuse(conn, "404 Not Found") end
  local kind = TYPES[path:match("%.(%w+)$")] or "application/octet-stream"
  respond(conn, "200 OK", kind, file:seek("end"))
  file:seek("set")
  conn:sendfile(file)
  return "200 OK"
end

local listener = socket.create_server({host, port})
print("listening on " .. tostring(listener:getsockname()))

local server

local function serve(conn)
  connections = connections - 1
  if connections == 0 then server:stop() end -- after this client
  local request <close> = conn:makefile("rb")
  local method, target = (request:read("l") or ""):match("^(%u+) (%g+) HTTP/%d%.%d\r?$")
  repeat
    local header = request:read("l")
  until not header or header:find("^\r?$")
  print(("%s: %s"):format(target or "?", answer(conn, method, target)))
end

loop.run(function()
  server = loop.serve(listener, serve, {
    limit = 100,
    timeout = 10, -- for each call: a slow client loses its connection
    onerror = function(err) print(err) end,
  })
  server:join()
end)
