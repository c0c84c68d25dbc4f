-- What happens to connections of TLS while bytes flow: new keys, a new handshake, a cancel, a crowd.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local select = require "pysocket.select"
local socket = require "pysocket"
local tls = require "spec.tls"

local ssl = tls.ssl
local quote = fixture.quote

local LINES <const>, FILLING <const> = 2000, ("."):rep(2000) -- more than the sockets hold

-- openssl's client with those lines as its input, of which single letters are commands; it reads one at a time from a terminal.
-- What it receives goes to `received`, the messages of the handshakes to `messages`.
local function start_client(port, version, lines, received, messages)
  fixture.need_command("openssl")
  fixture.need_command("socat")
  local command = "openssl s_client -connect 127.0.0.1:%d -tls%s -CAfile %s -msg -msgfile %s -no_ign_eof"
  command = command:format(port, version, quote(certificates.file("authority.pem")), quote(messages))
  local script = fixture.file(("exec %s >%s 2>/dev/null\n"):format(command, quote(received)))
  return fixture.command({
    "socat", "-t", "60", "-", ("EXEC:sh %s,pty,echo=0,stderr"):format(script),
    input = fixture.file(table.concat(lines, "\n") .. "\n"),
  })
end

local function read_file(path)
  local f <close> = assert(io.open(path, "rb"))
  return f:read("a")
end

-- The lines that a server receives from that client while it sends LINES lines; whether the client has received all of them; and
-- the messages of the handshakes. The server begins to send at once, or when it has received the line `first`.
local function converse(context, version, lines, first)
  local listener = fixture.keep(socket.create_server({"127.0.0.1", 0}, {ssl = context}))
  listener:settimeout(30)
  listener:setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
  local received, messages = fixture.path(), fixture.path()
  local heard = {}
  local child = start_client(listener:getsockname().port, version, lines, received, messages)
  loop.run(function()
    local s = tls.patient((listener:accept()))
    local begun = loop.event()
    if not first then begun:set() end
    local writer = loop.spawn(function()
      begun:wait()
      for i = 1, LINES do s:sendall(("line %d%s\n"):format(i, FILLING)) end
      s:sendall("end\n")
    end)
    for line in s:makefile("r"):lines() do
      heard[#heard + 1] = line
      if line == first then begun:set() end
      if line == "last" then
        writer:join()
        break
      end
    end
    s:unwrap():close()
  end)
  child:wait()
  local expected = {}
  for i = 1, LINES do expected[i] = ("line %d%s\n"):format(i, FILLING) end
  local whole = read_file(received):find(table.concat(expected) .. "end\n", 1, true) ~= nil
  return heard, whole, read_file(messages)
end

local function count(text, pattern)
  local _, found = text:gsub(pattern, "")
  return found
end

describe("while bytes flow both ways,", function()
  before_each(tls.need)
  teardown(certificates.remove)

  it("the peer may change its keys, and ask for ours to change (TLS 1.3)", function()
    local heard, whole, messages = converse(tls.server_context(), "1_3", {"one", "k", "two", "K", "three", "K", "last"})
    assert.same({"one", "two", "three", "last"}, heard)
    assert.is_true(whole)
    assert.equal(3, count(messages, ">>> TLS 1.3, Handshake[^\n]*KeyUpdate"))
    assert.is_true(count(messages, "<<< TLS 1.3, Handshake[^\n]*KeyUpdate") >= 1)
  end)

  -- Starts spec/roles/key_update.c with those arguments behind the port; its connection, which takes few bytes, and the child.
  local function start_asking(...)
    local client = fixture.compiled("spec/roles/key_update.c", {flags = "-Wall -Werror -lssl -lcrypto"})
    local listener = fixture.keep(socket.create_server({"127.0.0.1", 0}, {ssl = tls.server_context()}))
    listener:settimeout(30)
    listener:setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    local child = fixture.command({client, tostring(listener:getsockname().port), ...})
    return tls.patient((listener:accept())), child
  end

  local function finish(child)
    assert.equal("0 wrong\n", child:rest())
    assert.equal(0, child:wait(), child:errors())
  end

  it("the peer may ask for new keys while a record of ours is sent in part", function()
    local length <const> = 1000000
    loop.run(function()
      local s, child = start_asking(tostring(length), "200")
      local writer = loop.spawn(s.sendall, s, ("a"):rep(length))
      assert.equal("end", s:recv(100))
      writer:join()
      finish(child)
    end)
  end)

  it("an answer to the peer that the system does not take at once is sent by a receive that waits", function()
    local s, child = start_asking("0", "900")
    s:settimeout(nil)
    assert.equal("end", s:recv(100))
    finish(child)
  end)

  it("a non-blocking receive asks for the event that sends such an answer", function()
    local s, child = start_asking("0", "900")
    s:do_handshake()
    s:settimeout(0)
    local ok, result
    repeat
      ok, result = pcall(s.recv, s, 100)
      local reads = not ok and socket.isinstance(result, ssl.SSLWantReadError)
      local writes = not ok and socket.isinstance(result, ssl.SSLWantWriteError)
      if reads or writes then select.select(reads and {s} or {}, writes and {s} or {}, {}) end
    until not (reads or writes)
    assert.is_true(ok, result)
    assert.equal("end", result)
    finish(child)
  end)

  it("the peer may negotiate again, where that is allowed (TLS 1.2)", function()
    local context = tls.server_context()
    local allow_client_renegotiation <const> = 1 << 8
    context.options = context.options & ~ssl.OP_NO_RENEGOTIATION | allow_client_renegotiation
    -- openssl's client takes no bytes in the midst of a handshake that it has begun
    local heard, whole, messages = converse(context, "1_2", {"one", "R", "two", "R", "last"}, "last")
    assert.same({"one", "two", "last"}, heard)
    assert.is_true(whole)
    assert.equal(3, count(messages, ">>> TLS 1.2, Handshake[^\n]*ClientHello"))
  end)
end)

describe("a receive over TLS that waits without a timeout", function()
  before_each(tls.need)

  for _, call in ipairs({"recv", "recv/coroutine", "read"}) do
    it("ends at the first Ctrl-C in the stock interpreter: " .. call, function()
      fixture.assert_interrupted(fixture.child("blocked_tls", call))
    end)
  end
end)

describe("a handshake that is cancelled", function()
  before_each(tls.need)
  teardown(certificates.remove)

  it("leaves no descriptor", function()
    local _, address = fixture.listener()
    local context = tls.client_context()
    local function cancel_one()
      loop.run(function()
        local task = loop.spawn(socket.create_connection, address, 30, nil, {ssl = context})
        loop.sleep(0.02)
        task:cancel()
        assert.is_false(pcall(task.join, task))
      end)
    end
    cancel_one()
    local before = #fixture.settled_descriptors()
    for _ = 1, 5 do cancel_one() end
    assert.equal(before, #fixture.settled_descriptors())
  end)
end)

describe("a thousand connections", function()
  before_each(tls.need)
  teardown(certificates.remove)

  it("of tasks shake hands and talk at the same time", function()
    local words = fixture.role("tls_crowd", certificates.file("authority.pem"), certificates.file("localhost.pem"),
      certificates.file("localhost.key"), 1000)
    local raised = {"sh", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", preload = true}
    table.move(words, 1, #words, #raised + 1, raised)
    local child = fixture.command(raised)
    assert.equal("1000 right answers\n", child:rest())
    assert.equal(0, child:wait(), child:errors())
  end)
end)
