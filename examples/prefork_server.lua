-- One of several processes that serve one port (SO_REUSEPORT) over HTTP. It stops gracefully when
-- its stdin ends: for a while, it reports at /health that it is leaving, so that a balancer sends
-- it no more requests; then it accepts no more connections, finishes its answers, and ends.
--
-- Lua handles no signal but Ctrl-C. So prefork.sh, a few lines of shell, starts these processes
-- with a pipe as their stdin, and closes the pipe on SIGTERM:
--   sh examples/prefork.sh 4 ./dev run examples/prefork_server.lua 127.0.0.1 8080
-- With HAProxy in front of the processes of one or more machines: haproxy.cfg.
--
-- ./dev run examples/prefork_server.lua [host [port [seconds of leaving]]]

local loop = require "pysocket.loop"
local select = require "pysocket.select"
local socket = require "pysocket"

io.stdout:setvbuf("line")
local host, port = arg[1] or "127.0.0.1", tonumber(arg[2] or 0)
local grace = tonumber(arg[3] or 3) -- longer than HAProxy takes to notice: inter times fall

local stat <close> = io.open("/proc/self/stat")
local WHO <const> = stat and stat:read("n") or "?" -- the number of this process

local leaving = false
local conns = {} -- the open connections, as keys

local pages = {}

pages["/"] = function() return "200 OK", ("served by %s\n"):format(WHO) end

pages["/health"] = function()
  if leaving then return "503 Service Unavailable", "leaving\n" end
  return "200 OK", "well\n"
end

-- Does some work that takes time.
pages["/slow"] = function()
  loop.sleep(2)
  return "200 OK", "at last\n"
end

-- Reads a request; returns its path and whether the client will send another; nil at the end.
local function read_request(f)
  local path, version = (f:read("l") or ""):match("^%u+ (/%g*) HTTP/1%.(%d)\r?$")
  local more = version == "1"
  for line in f:lines() do
    if line:find("^\r?$") then return path, more end
    if line:lower():find("^connection:%s*close") then more = false end
  end
end

local function serve(conn)
  local _ <close> = setmetatable({}, { __close = function() conns[conn] = nil end })
  conns[conn] = true
  local f <close> = conn:makefile("rwb")
  local more
  repeat
    local path
    path, more = read_request(f)
    if not path then return end
    local status, body = "404 Not Found", "there is no such page\n"
    if pages[path] then status, body = pages[path]() end
    more = more and not leaving
    local head = "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n"
    f:write(head:format(status, #body, more and "keep-alive" or "close"), body)
    f:flush()
  until not more
end

local function onerror(err)
  if not socket.isinstance(err, socket.ConnectionError) then print(err) end
end

loop.run(function()
  local listener = socket.create_server({ host, port }, { reuse_port = true })
  print("listening on " .. tostring(listener:getsockname()))
  -- 10 seconds for each call: a slow client loses its connection
  local server = loop.serve(listener, serve, { timeout = 10, onerror = onerror })
  repeat select.select({ io.stdin }, {}, {}) until io.stdin:read(1) == nil
  leaving = true
  print("leaving")
  loop.sleep(grace)
  for conn in pairs(conns) do conn:shutdown(socket.SHUT_RD) end -- ends requests, not answers
  server:stop()
end)
print("gone")
