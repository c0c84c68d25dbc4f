-- The programs in examples/, run as their users run them.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local TEXT <const> = "it's \"quoted\", $HOME, \195\188 and\ntwo lines"

local function example(name, ...)
  return fixture.program("examples/" .. name .. ".lua", ...)
end

-- What became of a program: its output, its exit status, what it wrote to stderr.
local function finish(child)
  local output = child:rest()
  local status = child:wait()
  return output, status, child:errors()
end

local function assert_success(expected, child)
  local output, status, errors = finish(child)
  assert.equal("", errors)
  assert.equal(expected, output)
  assert.equal(0, status)
end

local function assert_failure(message, child)
  local output, status, errors = finish(child)
  assert.equal(1, status)
  assert.matches(message, errors, 1, true)
  return output
end

-- A server that says where it listens; the host and the port, or the path.
local function serve(name, ...)
  local server = example(name, ...)
  local address = (server:line() or server:errors()):match("^listening on (.*)$")
  assert.is_string(address, server:errors())
  local host, port = address:match("^%[?([^%]]*)%]?:(%d+)$")
  return server, host or address, port
end

local function contents(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- Files by name, in a directory that goes when the test ends.
local function directory(files)
  local path = fixture.folder()
  for name, text in pairs(files) do
    local inner = name:match("^(.*)/")
    if inner then assert(os.execute("mkdir -p " .. fixture.quote(path .. "/" .. inner))) end
    local file <close> = assert(io.open(path .. "/" .. name, "wb"))
    file:write(text)
  end
  return path
end

-- A client that breaks off: the server's next call raises. Where the server answers, the client first waits for that, since a
-- connection that is reset before its accept does not come everywhere.
local function reset(host, port, question)
  local s = fixture.socket()
  s:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack(fixture.LINGER, 1, 0))
  s:connect({host, tonumber(port)})
  if question then
    s:sendall(question)
    assert.equal(question, s:recv(#question, socket.MSG_WAITALL))
  end
  s:close()
end

describe("examples/echo_server.lua", function()
  it("serves examples/echo_client.lua as often as it is told, and ends", function()
    local server, host, port = serve("echo_server", "127.0.0.1", 0, 2)
    assert_success("received: " .. TEXT .. "\n", example("echo_client", host, port, TEXT))
    assert_success("received: Hello, socket!\n", example("echo_client", host, port))
    local output, status = finish(server)
    assert.matches("^connected by 127%.0%.0%.1:%d+\nconnected by 127%.0%.0%.1:%d+\n$", output)
    assert.equal(0, status)
  end)

  it("has arguments that may all be left out", function()
    local _, host, port = serve("echo_server")
    assert_success("received: x\n", example("echo_client", host, port, "x"))
  end)

  it("goes on after a client that broke off", function()
    local server, host, port = serve("echo_server", "127.0.0.1", 0, 2)
    reset(host, port, "x")
    assert_success("received: x\n", example("echo_client", host, port, "x"))
    local output, status = finish(server)
    assert.matches("ConnectionResetError", output, 1, true)
    assert.equal(0, status)
  end)

  it("ends with the error when its port is taken", function()
    local address = fixture.refusing()
    -- a listener that takes its port for itself hears on Windows that it has no right to
    local errno = socket.SO_EXCLUSIVEADDRUSE and socket.errno.EACCES or socket.errno.EADDRINUSE
    assert_failure("[Errno " .. errno .. "]", example("echo_server", address[1], address[2]))
  end)
end)

describe("examples/echo_client.lua", function()
  it("ends with the error when nobody listens", function()
    local address = fixture.refusing()
    assert_failure("ConnectionRefusedError", example("echo_client", address[1], address[2]))
  end)
end)

describe("examples/echo_server_any.lua", function()
  for _, host in ipairs({"127.0.0.1", "localhost", ""}) do
    it(("serves examples/echo_client_any.lua on %q"):format(host), function()
      local server, _, port = serve("echo_server_any", host, 0, 1)
      local output, status = finish(example("echo_client_any", "localhost", port, TEXT))
      assert.matches("received: " .. TEXT, output, 1, true)
      assert.equal(0, status)
      assert.matches("^connected by ", (finish(server)))
    end)
  end

  it("serves examples/echo_client_any.lua over IPv6", function()
    fixture.need_ipv6()
    local server, host, port = serve("echo_server_any", "::1", 0, 1)
    local expected = ("connected to [::1]:%s\nreceived: %s\n"):format(port, TEXT)
    assert_success(expected, example("echo_client_any", host, port, TEXT))
    assert.matches("^connected by %[::1%]:%d+\n$", (finish(server)))
  end)
end)

describe("examples/echo_client_any.lua", function()
  it("ends with the last error when no address answers", function()
    local address = fixture.refusing()
    assert_failure("ConnectionRefusedError", example("echo_client_any", "localhost", address[2]))
  end)

  it("ends with the resolver's error for a bad name", function()
    assert_failure("gaierror", example("echo_client_any", "no name", 80))
  end)
end)

describe("examples/udp_server.lua", function()
  it("serves examples/udp_client.lua as often as it is told, and ends", function()
    local server, host, port = serve("udp_server", "127.0.0.1", 0, 2)
    assert_success("received: " .. TEXT .. "\n", example("udp_client", host, port, TEXT))
    assert_success("received: Hello, socket!\n", example("udp_client", host, port))
    local output, status = finish(server)
    assert.matches("^%d+ bytes from 127%.0%.0%.1:%d+\n14 bytes from 127%.0%.0%.1:%d+\n$", output)
    assert.equal(0, status)
  end)

  it("says when a datagram was too long", function()
    local server, host, port = serve("udp_server", "127.0.0.1", 0, 1)
    local s = fixture.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s:sendto(("x"):rep(3000), {host, tonumber(port)})
    assert.equal(2048, #s:recv(4096))
    assert.matches("^2048 bytes from 127%.0%.0%.1:%d+, cut\n$", (finish(server)))
  end)
end)

describe("examples/udp_client.lua", function()
  it("tries again when there is no answer", function()
    local s, address = fixture.udp()
    local client = example("udp_client", address[1], address[2], "lost?")
    assert.equal("lost?", (s:recvfrom(100)))
    local data, from = s:recvfrom(100)
    assert.equal("lost?", data)
    s:sendto("no", from)
    assert_success("received: no\n", client)
  end)
end)

describe("examples/unix_server.lua", function()
  it("serves examples/unix_client.lua, and takes its path away", function()
    fixture.need_unix()
    local server, path = serve("unix_server", fixture.path(), 2)
    assert_success("received: " .. TEXT .. "\n", example("unix_client", path, TEXT))
    assert_success("received: Hello, socket!\n", example("unix_client", path))
    assert_success("", server)
    assert_failure("FileNotFoundError", example("unix_client", path))
  end)

  it("takes its path away when it is interrupted too", function()
    fixture.need_unix()
    local server, path = serve("unix_server", fixture.path())
    server:asleep()
    server:signal("INT")
    assert_failure("interrupted!", server)
    assert.is_nil(os.rename(path, path))
  end)
end)

describe("examples/timeouts.lua", function()
  it("shows what can go wrong", function()
    fixture.need_unix() -- whose ends hear of each other at once
    local output, status, errors = finish(example("timeouts"))
    assert.equal("", errors)
    assert.equal(0, status)
    local expected = {
      "raised\tfalse\tECONNREFUSED\tconnect\tConnection refused",
      "is a\ttrue\ttrue\tfalse",
      "returned\tnil\tEAI_NONAME\ttrue",
      "too late\tnil\ttrue",
      "in time\there I am",
      "not now\tnil\ttrue\t0.0",
      "the end\t0\tEPIPE",
      "default\t2.5",
    }
    local lines = {}
    for line in output:gmatch("[^\n]+") do lines[#lines + 1] = line end
    assert.matches("bad argument #1 to 'bind'", table.remove(lines, 4), 1, true)
    assert.same(expected, lines)
  end)
end)

describe("examples/http_get.lua", function()
  local PAGE <const> = "<title>\0 a page \255</title>\r\n\n"

  -- Python's server; the port.
  local function python(host, path)
    fixture.need_command("python3")
    local server = fixture.command({
      "python3", "-u", "-m", "http.server", "0", "--bind", host, "--directory", path,
    })
    return assert(tonumber(server:line():match("^Serving HTTP on %S+ port (%d+)")))
  end

  it("fetches a page from Python's http.server", function()
    local port = python("127.0.0.1", directory({["page.html"] = PAGE}))
    assert_success(PAGE, example("http_get", "http://127.0.0.1:" .. port .. "/page.html"))
    assert_success(PAGE, example("http_get", "127.0.0.1", port, "/page.html"))
    assert_failure("status 404", example("http_get", "http://127.0.0.1:" .. port .. "/other"))
    local list, status = finish(example("http_get", "http://127.0.0.1:" .. port))
    assert.matches("page.html", list, 1, true)
    assert.equal(0, status)
  end)

  it("fetches a page over IPv6", function()
    fixture.need_ipv6()
    local port = python("::1", directory({["page.html"] = PAGE}))
    assert_success(PAGE, example("http_get", "http://[::1]:" .. port .. "/page.html"))
  end)

  it("fetches a page from examples/http_server.lua", function()
    local path = directory({["page.html"] = PAGE})
    local _, host, port = serve("http_server", path, "127.0.0.1", 0, 1)
    assert_success(PAGE, example("http_get", host, port, "/page.html"))
  end)

  -- What it makes of an answer: the program, its connection, its request.
  local function given(answer)
    local listener, address = fixture.listener()
    local client = example("http_get", address[1], address[2], "/path?query")
    local conn = fixture.keep((listener:accept()))
    local request = conn:recv(4096)
    conn:sendall(answer)
    return client, conn, request
  end

  it("asks as HTTP/1.0 wants it, and takes all until the end for the page", function()
    local client, conn, request = given("HTTP/1.0 200 OK\r\n\r\nall")
    assert.equal("GET /path?query HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", request)
    conn:close()
    assert_success("all", client)
  end)

  it("does not wait for the end where it knows the length", function()
    assert_success("all", (given("HTTP/1.0 200 OK\r\ncontent-length:3\r\n\r\nall")))
  end)

  it("says when a page was cut off", function()
    local client, conn = given("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nall")
    conn:close()
    assert.equal("all", assert_failure("the page was cut off", client))
  end)

  for _, answer in ipairs({"SSH-2.0\r\n", ""}) do
    it(("does not take %q for an answer"):format(answer:match("%C*")), function()
      local client, conn = given(answer)
      conn:close()
      assert_failure("status nil", client)
    end)
  end
end)

describe("examples/http_server.lua", function()
  local BIG <const> = ("0123456789abcde\0"):rep(1 << 16)

  local server, url

  local function start(connections)
    fixture.need_command("curl")
    local path = directory({
      ["page.html"] = "a page",
      ["notes.txt"] = "",
      ["big"] = BIG,
      ["a b"] = "blank",
      ["sub/index.html"] = "an index",
    })
    local host, port
    server, host, port = serve("http_server", path .. "/sub/..", "127.0.0.1", 0, connections)
    url = ("http://%s:%s"):format(host, port)
  end

  -- What curl says: the body, a line with the status and the type of the contents.
  local function curl(target, ...)
    local child = fixture.command({
      "curl", "-sS", "--noproxy", "*", "--max-time", 10, "--path-as-is",
      "-w", "\n%{http_code} %{content_type}", url .. target, ...
    })
    local output, status, errors = finish(child)
    assert.equal("", errors)
    assert.equal(0, status)
    return output
  end

  it("serves files to curl as often as it is told, and ends", function()
    start(2)
    assert.equal("a page\n200 text/html; charset=utf-8", curl("/page.html"))
    assert.equal("\n200 text/plain; charset=utf-8", curl("/notes.txt"))
    assert_success("/page.html: 200 OK\n/notes.txt: 200 OK\n", server)
  end)

  it("serves a file of many segments, whole", function()
    start(1)
    assert.is_true(BIG .. "\n200 application/octet-stream" == curl("/big"))
  end)

  it("serves the index of a directory", function()
    start(1)
    assert.equal("an index\n200 text/html; charset=utf-8", curl("/sub/"))
  end)

  it("understands escapes, and leaves out the query", function()
    start(1)
    assert.equal("blank\n200 application/octet-stream", curl("/a%20b?c=/../d"))
  end)

  for _, target in ipairs({"/nothing", "/sub", "/"}) do
    it("does not find " .. target, function()
      start(1)
      assert.equal("404 Not Found\n\n404 text/plain", curl(target))
    end)
  end

  for _, target in ipairs({
    "/..", "/../", "/sub/../page.html", "/%2e%2e/x", "/sub%2F..%2Fpage.html", "/page.html%00",
  }) do
    it("refuses " .. target, function()
      start(1)
      assert.equal("403 Forbidden\n\n403 text/plain", curl(target))
    end)
  end

  it("knows nothing but GET", function()
    start(1)
    assert.equal("501 Not Implemented\n\n501 text/plain", curl("/page.html", "-X", "DELETE"))
  end)

  it("goes on after clients that break off, say nothing or talk nonsense", function()
    start(4)
    local host, port = url:match("^http://(.*):(%d+)$")
    reset(host, port)
    local silent = fixture.socket()
    silent:connect({host, tonumber(port)})
    silent:shutdown(socket.SHUT_WR)
    assert.matches("^HTTP/1%.0 400 ", silent:recv(4096))
    local odd = fixture.socket()
    odd:connect({host, tonumber(port)})
    odd:sendall("\0\r\n\r\n")
    assert.matches("^HTTP/1%.0 400 ", odd:recv(4096))
    assert.equal("a page\n200 text/html; charset=utf-8", curl("/page.html"))
    assert.equal(0, select(2, finish(server)))
  end)
end)

describe("a client or a server without what it needs", function()
  for _, name in ipairs({
    "echo_client", "echo_client_any", "udp_client", "unix_client", "unix_server",
    "http_get", "http_server",
  }) do
    it("says how to use it: " .. name, function()
      assert_failure("usage: " .. name .. ".lua", example(name))
    end)
  end
end)

describe("examples/demo.lua", function()
  it("shows that what was sent came back", function()
    local output, status, errors = finish(example("demo"))
    assert.equal("", errors)
    assert.equal(0, status)
    for _, title in ipairs({"TCP over IPv4", "TCP over IPv6", "AF_UNIX", "UDP", "HTTP"}) do
      assert.matches("\n" .. title, "\n" .. output, 1, true)
    end
    local sent = select(2, output:gsub("\n  sent:     ", ""))
    assert.equal(sent, select(2, output:gsub("\n  received: ", "")))
    assert.is_true(sent >= 3)
    assert.matches("\nAll that was sent came back.\n$", output)
  end)

  it("fails when something else came back, and leaves no process behind", function()
    fixture.need_posix("it ends no process")
    local path = directory({
      ["demo.lua"] = contents("examples/demo.lua"),
      ["echo_server.lua"] = contents("examples/echo_server.lua"),
      ["echo_client.lua"] = 'print("received: nonsense")',
    })
    local output = assert_failure('received "nonsense"', fixture.program(path .. "/demo.lua"))
    local host, port = output:match("at (%S+):(%d+)\n")
    fixture.raises(socket.ConnectionRefusedError, socket.create_connection, {host, tonumber(port)})
  end)
end)
