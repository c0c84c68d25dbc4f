-- The programs of examples/ that are made of tasks, run as their users run them.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local function example(name, ...)
  return fixture.program("examples/" .. name .. ".lua", ...)
end

-- A server that says where it listens; its address.
local function serve(name, ...)
  local server = example(name, ...)
  local line = server:line() or server:errors()
  local host, port = line:match("^listening on (.*):(%d+)$")
  assert.is_string(host, line)
  return { host, tonumber(port) }, server
end

-- A client of a server; what it sends and reads are lines.
local function connect(address)
  local s = fixture.keep(socket.create_connection(address, 10))
  local f = fixture.keep(s:makefile("rw"))
  local function say(text)
    f:write(text, "\n")
    f:flush()
  end
  local function hear() return f:read("l") end
  return say, hear, s
end

describe("examples/chat_server.lua", function()
  local function enter(address, name)
    local say, hear, s = connect(address)
    assert.equal("Your name?", hear())
    say(name)
    assert.equal(name .. " is here", hear())
    return say, hear, s
  end

  it("lets all hear what one says", function()
    local address = serve("chat_server")
    local _, ann_hears = enter(address, "Ann")
    local bob_says, bob_hears = enter(address, "Bob")
    assert.equal("Bob is here", ann_hears())
    bob_says("hello")
    assert.equal("Bob: hello", ann_hears())
    assert.equal("Bob: hello", bob_hears())
  end)

  it("says who has left, and goes on", function()
    local address = serve("chat_server")
    local _, ann_hears = enter(address, "Ann")
    local _, _, bob = enter(address, "Bob")
    assert.equal("Bob is here", ann_hears())
    bob:shutdown(socket.SHUT_RDWR)
    assert.equal("Bob has left", ann_hears())
    enter(address, "Cid")
    assert.equal("Cid is here", ann_hears())
  end)

  it("cuts off who sends a line without an end", function()
    local address = serve("chat_server")
    local _, ann_hears = enter(address, "Ann")
    local _, _, bob = enter(address, "Bob")
    bob:sendall(("x"):rep(5000))
    assert.equal("Bob is here", ann_hears())
    assert.equal("Bob has left", ann_hears())
  end)

  it("waits for nobody who does not read", function()
    local address = serve("chat_server")
    local ann_says, ann_hears = enter(address, "Ann")
    local _, _, bob = connect(address)
    bob:setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    bob:sendall("Bob\n")
    assert.equal("Bob is here", ann_hears())
    local left
    for _ = 1, 100 do
      ann_says((("x"):rep(899) .. "\n"):rep(99) .. ("x"):rep(899))
      for _ = 1, 100 do
        local line = ann_hears()
        left = left or line == "Bob has left"
      end
      if left then break end
    end
    assert.is_true(left)
  end)
end)

describe("examples/port_forwarder.lua", function()
  it("passes on what is said, both ways, and that one side has said all", function()
    local listener, target = fixture.listener()
    local address = serve("port_forwarder", target[1], target[2])
    local near = fixture.keep(socket.create_connection(address, 10))
    near:sendall("question")
    near:shutdown(socket.SHUT_WR)
    local far = fixture.keep((listener:accept()))
    far:settimeout(10)
    local f <close> = far:makefile("rb")
    assert.equal("question", f:read("a"))
    far:sendall("answer")
    far:shutdown(socket.SHUT_WR)
    local g <close> = near:makefile("rb")
    assert.equal("answer", g:read("a"))
  end)

  it("says what went wrong, and goes on", function()
    local refusing = fixture.refusing()
    local address, forwarder = serve("port_forwarder", refusing[1], refusing[2])
    for _ = 1, 2 do
      local near = fixture.keep(socket.create_connection(address, 10))
      assert.equal("", near:recv(1))
      assert.matches("ConnectionRefusedError", forwarder:line(), 1, true)
    end
  end)
end)

describe("examples/proxy.lua", function()
  it("connects to what CONNECT asks for, and passes on what follows", function()
    local listener, target = fixture.listener()
    local near = fixture.keep(socket.create_connection((serve("proxy")), 10))
    local request = "CONNECT %s:%d HTTP/1.1\r\nHost: x\r\n\r\nquestion"
    near:sendall(request:format(target[1], target[2]))
    local far = fixture.keep((listener:accept()))
    far:settimeout(10)
    assert.equal("question", far:recv(8, socket.MSG_WAITALL))
    far:sendall("answer")
    far:close()
    local f <close> = near:makefile("rb")
    assert.equal("HTTP/1.1 200 OK\r\n\r\nanswer", f:read("a"))
  end)

  it("refuses other requests, and says what it cannot reach", function()
    local address = serve("proxy")
    local refusing = fixture.refusing()
    local cases = {
      ["400 Bad Request"] = "GET / HTTP/1.1\r\n\r\n",
      ["502 Bad Gateway"] = ("CONNECT %s:%d HTTP/1.1\r\n\r\n"):format(refusing[1], refusing[2]),
    }
    for status, request in pairs(cases) do
      local near = fixture.keep(socket.create_connection(address, 10))
      near:sendall(request)
      local f <close> = near:makefile("rb")
      assert.equal(("HTTP/1.1 %s\r\n\r\n"):format(status), f:read("a"))
    end
  end)
end)

describe("examples/downloader.lua", function()
  it("downloads all at the same time, with a line that shows how far it is", function()
    local listener, address = fixture.listener()
    local path = fixture.folder()
    local url = ("http://%s:%d/"):format(address[1], address[2])
    local child = example("downloader", path, url .. "a", url .. "b", url .. "c")
    local conns = {}
    for i = 1, 3 do -- none is answered before all have asked
      conns[i] = fixture.keep((listener:accept()))
      conns[i]:settimeout(10)
    end
    for _, conn in ipairs(conns) do
      local name = conn:recv(1000):match("^GET /(%l) HTTP/1.0\r\n")
      local head = "HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s"
      conn:sendall(head:format(name == "c" and 2 or 1, name))
      conn:close()
    end
    child:rest()
    assert.equal(1, child:wait()) -- one of them was cut off
    assert.matches("c: the page was cut off", child:errors(), 1, true)
    assert.matches("\r2 of 3 done, 1 failed, 0 KiB\n$", child:errors())
    for i, text in ipairs({ "a", "b" }) do
      local file <close> = assert(io.open(path .. "/" .. i))
      assert.equal(text, file:read("a"))
    end
  end)
end)

describe("examples/game_server.lua", function()
  it("tells all players, tick by tick, where everybody is", function()
    local address = serve("game_server", "127.0.0.1", 0)
    local ann, bob = fixture.udp(), fixture.udp()
    ann:sendto("join Ann", address)
    assert.matches("^tick %d+\nAnn 0 0\n$", ann:recv(1000))
    bob:sendto("join Bob", address)
    ann:sendto("move 2 -1", address)
    local function place() -- of Ann, as Bob hears it
      local tick, x, y
      repeat
        tick, x, y = bob:recv(1000):match("^tick (%d+)\n.*Ann (%-?%d+) (%-?%d+)\n")
      until tick and x ~= "0"
      return tonumber(tick), tonumber(x), tonumber(y)
    end
    local tick, x, y = place()
    local later, new_x, new_y = place()
    assert.equal(x + 2 * (later - tick), new_x)
    assert.equal(y - (later - tick), new_y)
  end)

  it("minds neither nonsense nor who was never there", function()
    local address = serve("game_server")
    local s = fixture.udp()
    for _, text in ipairs({ "", "\0\xFF", "move 1 1", "leave", "join", "no such" }) do
      s:sendto(text, address)
    end
    s:sendto("join Ann", address)
    assert.matches("^tick %d+\n", s:recv(1000))
  end)

  it("keeps its pace, and ends", function()
    local start = fixture.monotonic()
    local _, server = serve("game_server", "127.0.0.1", 0, 6)
    assert.equal(0, server:wait())
    assert.is_true(fixture.monotonic() - start >= 6 / 30)
  end)
end)

describe("examples/prefork_server.lua", function()
  -- A port that several may share, which nobody else gets as long as the test runs.
  local function shared_port()
    fixture.need_constant("SO_REUSEPORT")
    local s = fixture.socket()
    s:setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s:bind({ "127.0.0.1", 0 })
    return s:getsockname().port
  end

  local function prefork(copies, port, grace)
    local words = { "sh", "examples/prefork.sh", copies, preload = true }
    words[4] = fixture.interpreter
    table.move({ "examples/prefork_server.lua", "127.0.0.1", port, grace }, 1, 4, 5, words)
    local child = fixture.command(words)
    for _ = 1, copies do assert.equal("listening on 127.0.0.1:" .. port, child:line()) end
    return child
  end

  local function open(address)
    local s = fixture.socket(type(address) == "string" and socket.AF_UNIX or socket.AF_INET)
    s:connect(address)
    return s
  end

  -- The status and the page that come of a request.
  local function ask(address, path, s)
    s = s or open(address)
    s:sendall(("GET %s HTTP/1.1\r\nHost: spec\r\nConnection: close\r\n\r\n"):format(path))
    return function()
      local f <close> = s:makefile("rb")
      local status, page = f:read("a"):match("^HTTP/1.1 (%d+).-\r\n\r\n(.*)$")
      s:close()
      return status, page
    end
  end

  it("shares its port with others of its kind", function()
    local address = { "127.0.0.1", shared_port() }
    prefork(2, address[2], 0.1)
    local seen, count = {}, 0
    for _ = 1, 100 do
      local status, page = ask(address, "/")()
      assert.equal("200", status)
      count = count + (seen[page] and 0 or 1)
      seen[page] = true
    end
    assert.equal(2, count)
  end)

  it("on SIGTERM says that it leaves, finishes what it does, and is gone", function()
    local address = { "127.0.0.1", shared_port() }
    local child = prefork(2, address[2], 1)
    local idle = open(address)
    idle:sendall("GET /health HTTP/1.1\r\n\r\n")
    assert.matches("^HTTP/1.1 200 ", idle:recv(1000))
    local answer = ask(address, "/slow")
    child:signal("TERM")
    assert.equal("leaving", child:line())
    assert.equal("leaving", child:line())
    assert.same({ "503", "leaving\n" }, { ask(address, "/health")() })
    assert.same({ "200", "at last\n" }, { answer() })
    assert.equal("gone\ngone\n", child:rest())
    assert.equal(0, child:wait())
    assert.equal("", idle:recv(1000))
    fixture.raises(socket.ConnectionRefusedError, open, address)
  end)

  it("leaves, behind HAProxy, without a visitor noticing", function()
    fixture.need_command("haproxy")
    local one, two = shared_port(), shared_port()
    local machine, other = prefork(2, one, 3), prefork(1, two, 0.1)
    local front = fixture.path()
    local haproxy = fixture.command({
      "env", "FRONT=unix@" .. front, "ONE=127.0.0.1:" .. one, "TWO=127.0.0.1:" .. two,
      "haproxy", "-db", "-f", "examples/haproxy.cfg",
    })
    local probe = fixture.socket(socket.AF_UNIX)
    repeat haproxy:asleep() until probe:connect_ex(front) == 0
    local survivor = select(2, ask({ "127.0.0.1", two }, "/")())
    local function visit()
      local status, page = ask(front, "/")()
      assert.equal("200", status)
      return page
    end
    local pages = {}
    for i = 1, 4 do pages[i] = visit() == survivor end
    table.sort(pages, function(x, y) return x and not y end)
    assert.same({ true, true, false, false }, pages) -- in turn
    machine:signal("TERM")
    local in_a_row = 0
    repeat in_a_row = visit() == survivor and in_a_row + 1 or 0 until in_a_row == 10
    assert.equal("leaving\nleaving\ngone\ngone\n", machine:rest())
    assert.equal(0, machine:wait())
    for _ = 1, 4 do assert.equal(survivor, visit()) end
    assert.is_not_nil(other.output)
  end)
end)
