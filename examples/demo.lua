-- Shows the library at work: examples talk to each other and to Python's HTTP server, on loopback.
-- ./dev demo

local socket = require "pysocket"

io.stdout:setvbuf("line")
local HERE <const> = arg[0]:match("^(.*/)") or "./"
local LIFE <const> = 30 -- seconds after which a child is ended

local POSIX <const> = package.config:sub(1, 1) == "/" -- Windows has another shell

-- Joins words to a command line for the shell.
local function line(...)
  local words = {...}
  for i, word in ipairs(words) do
    words[i] = POSIX and "'" .. word:gsub("'", "'\\''") .. "'" or '"' .. word .. '"'
  end
  return table.concat(words, " ")
end

local function there_is(command)
  return POSIX and os.execute("command -v " .. command .. " >/dev/null 2>&1") == true
end

local LIMIT <const> = there_is("timeout") and ("timeout -k 1 %d "):format(LIFE) or ""

-- Returns the command that runs an example with the interpreter of this program.
local function example(name, ...)
  local first = -1
  while arg[first - 1] do first = first - 1 end
  return line(arg[first], HERE .. name .. ".lua", ...)
end

-- {{ Child processes: a child is ended when its variable goes out of scope

local Child = {}
Child.__index = Child

local function start(command)
  local output = assert(io.popen((POSIX and "echo $$; exec " .. LIMIT or "call ") .. command))
  local pid = POSIX and output:read("n", "l")
  return setmetatable({output = output, command = command, pid = pid}, Child)
end

-- Reads the next line; returns the text after `prefix`.
function Child:expect(prefix)
  local text = self.output:read("l") or "nothing"
  if text:sub(1, #prefix) ~= prefix then
    error(("%s said %q instead of %q"):format(self.command, text, prefix), 0)
  end
  return text:sub(#prefix + 1)
end

-- Waits for the child's successful end; returns the rest of its output.
function Child:finish()
  local output = self.output
  local rest = output:read("a")
  self.output = nil
  local ok, how, code = output:close()
  if not ok then error(("%s ended with %s %d"):format(self.command, how, code), 0) end
  return rest
end

function Child:__close()
  if not self.output then return end
  if self.pid then os.execute(("kill %d 2>/dev/null"):format(self.pid)) end
  self.output:close()
end

-- }}

local function check(received, expected)
  if received == expected then return end
  error(("received %q and not %q"):format(received, expected), 0)
end

-- Splits "127.0.0.1:80" and "[::1]:80" into host and port.
local function split(address)
  return address:match("^%[?([^%]]*)%]?:(%d+)$")
end

-- Runs an example's server and client as two processes; `words` makes the client's arguments of the
-- server's address.
local function exchange(title, text, server_command, client, words)
  local server <close> = start(server_command)
  local address = server:expect("listening on ")
  print(("%s, at %s"):format(title, address))
  print("  sent:     " .. text)
  local arguments = {words(address)}
  table.insert(arguments, text)
  local running <close> = start(example(client, table.unpack(arguments)))
  local received = running:finish():match("received: (.*)\n$")
  print("  received: " .. tostring(received))
  check(received, text)
  server:finish()
end

local has_ipv6 = socket.protect(function()
  local s <close> = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
  s:bind({"::1", 0})
end)

local function http(directory)
  local page = "<title>A page</title>\n<p>that Python served and we fetched.\n"
  do
    local file <close> = assert(io.open(directory .. "/page.html", "wb"))
    file:write(page)
  end
  local bind = {"--bind", "127.0.0.1", "--directory", directory}
  local command = line("python3", "-u", "-m", "http.server", "0", table.unpack(bind))
  local server <close> = start(command .. " 2>/dev/null")
  local port = server:expect("Serving HTTP on 127.0.0.1 port "):match("^%d+")
  local url = ("http://127.0.0.1:%s/page.html"):format(port)
  print("HTTP, from Python's http.server")
  print("  sent:     GET " .. url)
  local client <close> = start(example("http_get", url))
  local received = client:finish()
  print("  received: " .. received:gsub("\n$", ""):gsub("\n", "\n            "))
  check(received, page)
end

-- Runs a server with a self-signed certificate, which the client trusts.
local function https(directory)
  local certificate, key = directory .. "/server.pem", directory .. "/server.key"
  local command = line("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    "-addext", "keyUsage=digitalSignature,keyCertSign", "-keyout", key, "-out", certificate)
  if not os.execute(command .. " 2>/dev/null") then error("openssl made no certificate", 0) end
  local server <close> = start(example("https_server", certificate, key, "127.0.0.1", "0", "1"))
  local url = ("https://localhost:%s/"):format(select(2, split(server:expect("listening on "))))
  print("HTTPS, from a server of ours")
  print("  sent:     GET " .. url)
  local trusting = line("env", "SSL_CERT_FILE=" .. certificate)
  local client <close> = start(trusting .. " " .. example("https_get", url))
  local received = client:finish()
  print("  received: " .. received:gsub("\n$", ""):gsub("\n", "\n            "))
  check(received, "<title>A page</title>\n<p>that came over TLSv1.3.\n")
  server:finish()
end

local function main(directory)
  exchange("TCP over IPv4", "Hello, 127.0.0.1!",
    example("echo_server", "127.0.0.1", "0", "1"), "echo_client", split)
  if has_ipv6() then
    exchange("TCP over IPv6", "Hello, ::1!",
      example("echo_server_any", "::1", "0", "1"), "echo_client_any", split)
  else
    print("TCP over IPv6: left out, this machine has no IPv6")
  end
  if directory then
    exchange("AF_UNIX", "Hello, file system!",
      example("unix_server", directory .. "/socket", "1"), "unix_client", tostring)
  else
    print("AF_UNIX: left out on this system")
  end
  exchange("UDP", "Hello, datagram!",
    example("udp_server", "127.0.0.1", "0", "1"), "udp_client", split)
  if there_is("python3") then
    http(directory)
  else
    print("HTTP: left out, this machine has no python3")
  end
  if not pcall(require, "pysocket.ssl") then
    print("HTTPS: left out, the library was built without OpenSSL")
  elseif not there_is("openssl") then
    print("HTTPS: left out, this machine has no program 'openssl'")
  else
    https(directory)
  end
end

local directory
if POSIX then
  local mktemp <close> = assert(io.popen("mktemp -d"))
  directory = assert(mktemp:read("l"), "no temporary directory")
end
local ok, err = pcall(main, directory)
if directory then os.execute(line("rm", "-rf", "--", directory)) end
if not ok then
  io.stderr:write("demo: ", tostring(err), "\n")
  os.exit(1, true)
end
print("All that was sent came back.")
