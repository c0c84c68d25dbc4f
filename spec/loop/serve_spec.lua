local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local tasks = require "spec.loop.tasks"

local settle <const>, in_task <const> = tasks.settle, tasks.in_task

-- A listener and its address.
local function listen()
  local listener = socket.create_server({ "127.0.0.1", 0 })
  fixture.keep(listener)
  return listener, listener:getsockname()
end

local function connect(address)
  return fixture.keep(socket.create_connection(address, 20))
end

local function echo(conn)
  repeat
    local data = conn:recv(100)
    conn:sendall(data)
  until data == ""
end

-- What a server answers: nothing when it closes the connection.
local function ask(s, text)
  s:sendall(text)
  return s:recv(100)
end

describe("loop.serve", function()
  it("calls the handler for each connection in a task of its own", in_task(function()
    local listener, address = listen()
    local peers = {}
    local _ <close> = loop.serve(listener, function(conn, from)
      table.insert(peers, from)
      echo(conn)
    end)
    local a, b = connect(address), connect(address)
    assert.equal("b", ask(b, "b"))
    assert.equal("a", ask(a, "a"))
    assert.equal(a:getsockname(), peers[1])
    assert.equal(b:getsockname(), peers[2])
  end))

  it("goes on after connections that their clients have reset", in_task(function()
    local listener, address = listen()
    local _ <close> = loop.serve(listener, echo, { onerror = function() end })
    for _ = 1, 10 do
      local client = connect(address)
      client:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack(fixture.LINGER, 1, 0))
      client:close()
    end
    assert.equal("x", ask(connect(address), "x"))
  end))

  it("closes the connection when the handler returns or raises", in_task(function()
    local listener, address = listen()
    local conns = {}
    local _ <close> = loop.serve(listener, function(conn)
      table.insert(conns, conn)
      assert(conn:recv(1) == "x", "oh")
    end, { onerror = function() end })
    local a, b = connect(address), connect(address)
    assert.equal("", ask(a, "x"))
    assert.equal("", ask(b, "y"))
    assert.equal("closed socket", socket.type(conns[1]))
    assert.equal("closed socket", socket.type(conns[2]))
  end))

  it("reports the error of a handler, and serves the others on", in_task(function()
    local listener, address = listen()
    local reports = loop.queue()
    local _ <close> = loop.serve(listener, function(conn)
      if conn:recv(1) == "x" then error("oh") end
      echo(conn)
    end, { onerror = function(...) reports:put(table.pack(...)) end })
    local a, b = connect(address), connect(address)
    ask(a, "x")
    local report = reports:get()
    assert.matches("serve_spec.lua:%d+: oh$", report[1])
    assert.equal(a:getsockname(), report[2])
    assert.matches("oh\nstack traceback:\n", report[3], 1, true)
    b:sendall("y")
    assert.equal("z", ask(b, "z"))
  end))

  it("reports to the loop's onerror where it has none of its own", function()
    local l <close> = loop.new()
    local reported
    l.onerror = function(task, err, traceback) reported = { socket.type(task), err, traceback } end
    l:spawn(function()
      local listener, address = listen()
      local _ <close> = loop.serve(listener, function() error("oh", 0) end)
      connect(address):recv(1)
    end)
    l:run()
    assert.equal("oh", reported[2])
    assert.matches("oh\nstack traceback:\n", reported[3], 1, true)
  end)

  it("ends with what its onerror raises", in_task(function()
    local listener, address = listen()
    local server = loop.serve(listener, function() error("oh", 0) end, { onerror = function(err) error(err, 0) end })
    connect(address)
    local ok, err = pcall(server.join, server)
    assert.is_false(ok)
    assert.equal("oh", err)
  end))

  it("warns where there is no onerror at all", function()
    local child = fixture.child("serve_warns")
    assert.equal("served\n", child:rest())
    assert.equal(0, child:wait())
    assert.matches("^Lua warning: pysocket: connection of 127%.0%.0%.1:%d+: oh\nstack traceback:\n", child:errors())
  end)

  it("serves no more than the limit at a time", in_task(function()
    local listener, address = listen()
    local server <close> = loop.serve(listener, echo, { limit = 2 })
    local a, b, c = connect(address), connect(address), connect(address)
    assert.equal("a", ask(a, "a"))
    assert.equal("b", ask(b, "b"))
    c:sendall("c")
    c:settimeout(0.02)
    fixture.raises(socket.timeout, c.recv, c, 1)
    assert.matches("<server of 2 connections, ", tostring(server), 1, true)
    a:close()
    c:settimeout(20)
    assert.equal("c", c:recv(1))
  end))

  it("bounds each call on a connection, and a handler as a whole", in_task(function()
    local listener, address = listen()
    local other, other_address = listen()
    local reports = loop.queue()
    local options = { onerror = function(err) reports:put(err.call) end }
    options.timeout = 0.01
    local _ <close> = loop.serve(listener, echo, options)
    options.timeout, options.lifetime = nil, 0.01
    local _ <close> = loop.serve(other, function() loop.sleep(10) end, options)
    assert.equal("", connect(address):recv(1))
    assert.equal("recv", reports:get())
    assert.equal("", connect(other_address):recv(1))
    assert.equal("timeout_after", reports:get())
  end))

  it("stops: no new connections, those that are there end by themselves", in_task(function()
    local listener, address = listen()
    local server = loop.serve(listener, echo)
    local s = connect(address)
    assert.equal("1", ask(s, "1"))
    local stopping = loop.spawn(server.stop, server)
    settle()
    fixture.raises(socket.ConnectionRefusedError, socket.create_connection, address)
    assert.equal("2", ask(s, "2"))
    assert.equal("waiting", stopping:status())
    s:close()
    stopping:join()
    server:join()
  end))

  it("cancels the connections that do not end in time", in_task(function()
    local listener, address = listen()
    local cleaned
    local server = loop.serve(listener, function(conn)
      local _ <close> = setmetatable({}, { __close = function() cleaned = true end })
      echo(conn)
    end)
    local s = connect(address)
    ask(s, "x")
    local start = fixture.monotonic()
    server:stop(0.02)
    assert.is_true(fixture.monotonic() - start >= 0.02)
    assert.is_true(cleaned)
    assert.equal("", s:recv(1))
  end))

  it("is hurried by a second stop", in_task(function()
    local listener, address = listen()
    local server = loop.serve(listener, echo)
    ask(connect(address), "x")
    local stopping = loop.spawn(server.stop, server)
    settle()
    server:stop(0)
    stopping:join()
  end))

  it("is not slowed down by a second stop, also of a handler", in_task(function()
    local listener, address = listen()
    local server
    server = loop.serve(listener, function(conn)
      local _ <close> = setmetatable({}, { __close = function() server:stop() end })
      echo(conn)
    end)
    ask(connect(address), "x")
    ask(connect(address), "x")
    local stopping = loop.spawn(server.stop, server, 0.01)
    settle()
    local later = loop.spawn(server.stop, server)
    stopping:join(10)
    later:join(10)
    assert.matches("done>", tostring(server), 1, true)
  end))

  it("may be stopped by a handler, also while the limit is reached", in_task(function()
    local listener, address = listen()
    local server
    server = loop.serve(listener, function(conn)
      conn:recv(1)
      server:stop()
      conn:sendall("stopping")
    end, { limit = 1 })
    assert.equal("stopping", ask(connect(address), "x"))
    server:join(20)
  end))

  it("is closed at the end of its block: connections are cancelled", in_task(function()
    local listener, address = listen()
    local s = connect(address)
    do
      local _ <close> = loop.serve(listener, echo)
      ask(s, "x")
    end
    assert.equal("", s:recv(1))
    assert.equal("closed socket", socket.type(listener))
  end))

  it("goes on when a task that joins it is cancelled", in_task(function()
    local listener, address = listen()
    local s = connect(address)
    local task = loop.spawn(function() loop.serve(listener, echo):join() end)
    assert.equal("x", ask(s, "x"))
    task:cancel()
    settle()
    assert.equal("x", ask(s, "x"))
  end))

  it("stops when its listener is closed", in_task(function()
    local listener, address = listen()
    local server = loop.serve(listener, echo)
    local s = connect(address)
    ask(s, "x")
    listener:close()
    settle()
    assert.equal("y", ask(s, "y"))
    s:close()
    server:join(20)
  end))

  it("may be stopped from outside of tasks", function()
    local l <close> = loop.new()
    local listener, address = listen()
    local server
    l:spawn(function() server = loop.serve(listener, echo) end)
    local s = connect(address)
    l:step()
    s:sendall("x")
    l:step(0.01)
    server:stop(0)
    assert.equal("x", s:recv(10))
    assert.equal("", s:recv(10))
  end)

  it("raises what accept fails with otherwise", in_task(function()
    local s = socket.socket() -- it does not listen
    fixture.keep(s)
    local server = loop.serve(s, echo)
    assert.equal("EINVAL", fixture.raises(socket.OSError, server.join, server).name)
    assert.equal("closed socket", socket.type(s))
  end))

  it("checks its arguments", in_task(function()
    local listener = listen()
    local function refuses(text, ...) fixture.refuses("bad argument " .. text, loop.serve, ...) end
    refuses("#1 to 'serve' (socket expected, got nil)")
    refuses("#2 to 'serve' (function expected, got nil)", listener)
    refuses("#3 to 'serve' (unknown option 'max')", listener, echo, { max = 1 })
    refuses("#3 to 'serve' (limit must be a positive integer, got 0)", listener, echo, { limit = 0 })
    refuses("#3 to 'serve' (timeout must be a number, got string)", listener, echo, { timeout = "1" })
    refuses("#3 to 'serve' (lifetime must be a number, got string)", listener, echo, { lifetime = "1" })
    refuses("#3 to 'serve' (function expected, got number)", listener, echo, { onerror = 1 })
  end))

  it("is for tasks", function()
    fixture.refuses("'serve' outside of a task", loop.serve, listen(), echo)
  end)
end)

describe("a server", function()
  it("survives a lack of descriptors: it says so once, and goes on when connections have ended", function()
    local command = fixture.role("serve_crowded", 40)
    local limited = { "sh", "-c", 'ulimit -n 30; exec "$@"', "sh" }
    limited.preload = true
    local child = fixture.command(table.move(command, 1, #command, #limited + 1, limited))
    local address = { "127.0.0.1", tonumber(child:line()) }
    local clients = {}
    for i = 1, 40 do
      clients[i] = connect(address)
      clients[i]:sendall("x")
    end
    assert.equal("EMFILE", child:line())
    for i = 1, 40 do
      assert.equal("x", clients[i]:recv(1))
      clients[i]:close()
    end
    assert.equal("served 40\n", child:rest())
    assert.equal(0, child:wait())
  end)

  describe("whose accept fails", function()
    local sanitized <const> = (os.getenv("LD_PRELOAD") or ""):find("san")
    local library = os.tmpname()

    setup(function()
      local flags = sanitized and "-DSANITIZED -ldl" or "-ldl"
      fixture.compiled("torture/faults.c", { shared = true, flags = flags, path = library })
    end)

    teardown(function() os.remove(library) end)

    for _, name in ipairs({ "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ECONNABORTED", "EPROTO" }) do
      it("goes on: " .. name, function()
        local preload = (os.getenv("LD_PRELOAD") or "") .. " " .. library -- a sanitizer wants to be the first
        local command = fixture.role("serve_fails", library, socket.errno[name])
        local child = fixture.command(table.move(command, 1, #command, 3, { "env", "LD_PRELOAD=" .. preload }))
        assert.equal("1 2 3\n", child:rest())
        assert.equal("", child:errors())
        assert.equal(0, child:wait())
      end)
    end
  end)
end)
