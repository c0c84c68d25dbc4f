-- Downloads over HTTP/1.0, all at the same time, with a line that shows the progress.
-- ./dev run examples/downloader.lua directory URL...; the files are called 1, 2, ...

local loop = require "pysocket.loop"
local socket = require "pysocket"

local usage = "usage: downloader.lua directory URL..."
local directory = assert(arg[1], usage)
assert(arg[2], usage)

local CHUNK <const> = 65536
local AT_ONCE <const> = 8
local PATIENCE <const> = 30 -- seconds without a byte

local done, failed, bytes = 0, 0, 0

local function parse(url)
  local authority, path = url:match("^http://([^/]+)(.*)$")
  if not authority then error("no http:// URL: " .. url, 0) end
  local host, port = authority:match("^%[?([^%]]-)%]?:(%d+)$")
  return host or authority, tonumber(port or 80), path == "" and "/" or path
end

-- Reads the headers; returns the length of the body, if they contain it.
local function read_head(f)
  local status = f:read("l") or ""
  if not status:find("^HTTP/1%.%d 200") then error("status " .. status, 0) end
  local length
  for line in f:lines() do
    if line:find("^\r?$") then return length end
    length = length or tonumber(line:lower():match("^content%-length:%s*(%d+)"))
  end
end

local function download(url, path)
  local host, port, target = parse(url)
  local s <close> = socket.create_connection({ host, port }, PATIENCE)
  s:sendall(("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n"):format(target, host))
  local f <close> = s:makefile("rb")
  local length, received = read_head(f), 0
  local file <close> = assert(io.open(path, "wb"))
  repeat
    local data = f:read(CHUNK)
    if data then
      file:write(data)
      received = received + #data
      bytes = bytes + #data
    end
  until not data
  if length and received ~= length then error("the page was cut off", 0) end
end

-- Downloads one URL after the other; several of these tasks run side by side.
local next_one = 2
local function worker()
  while arg[next_one] do
    local i = next_one
    next_one = next_one + 1
    local ok, err = pcall(download, arg[i], ("%s/%d"):format(directory, i - 1))
    if ok then
      done = done + 1
    else
      failed = failed + 1
      io.stderr:write("\r", arg[i], ": ", tostring(err), "\n")
    end
  end
end

local function show(ending)
  local line = "\r%d of %d done, %d failed, %d KiB%s"
  io.stderr:write(line:format(done, #arg - 1, failed, bytes // 1024, ending))
end

loop.run(function()
  local workers = {}
  for i = 1, AT_ONCE do workers[i] = loop.spawn(worker) end
  loop.spawn(function()
    while true do
      show("")
      loop.sleep(0.1)
    end
  end)
  for _, task in ipairs(workers) do task:join() end -- then loop.run cancels the progress line
end)
show("\n")
os.exit(failed == 0, true)
