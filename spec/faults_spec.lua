-- System calls that fail or do a part alone: retried, raised, or resumed where they stopped.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local SANITIZED <const> = (os.getenv("LD_PRELOAD") or ""):find("san")

local library = os.tmpname()

setup(function()
  local flags = SANITIZED and "-DSANITIZED -ldl" or "-ldl"
  -- a shell between two of our processes has it, too, and would look for another C library than its own
  if not fixture.GLIBC then flags = "-nodefaultlibs" end
  fixture.compiled("torture/faults.c", {shared = true, flags = flags, path = library})
end)

teardown(function() os.remove(library) end)

-- A command that runs with the library that makes system calls fail.
local function start(command)
  local preload = (os.getenv("LD_PRELOAD") or "") .. " " .. library -- a sanitizer wants to be the first
  local words = {"env", "LD_PRELOAD=" .. preload}
  for i, word in ipairs(command) do words[i + 2] = word == "LIBRARY" and library or word end
  return fixture.command(words)
end

local function run(case, call, code, first)
  local child = start(fixture.role("faults", "LIBRARY", case, call, socket.errno[code], first or 1))
  local result, again, more = child:line(), child:line(), child:line()
  assert.equal("", child:errors())
  assert.equal(0, child:wait())
  assert.equal("0", more)
  return result, again
end

local RESULT <const> = {
  recv = "x", ["recv blocking"] = "x", recv_into = "1", recvfrom = "x", ["recvfrom of a stream"] = "x",
  recvmsg = "x", recv_fds = "x", readline = "one",
  send = "5hello", sendall = "hello", sendto = "1x", sendmsg = "5hello", sendfile = "5hello", write = "hello",
  accept = "accepted", connect = "connected", ["connect blocking"] = "connected", ["connect non-blocking"] = "connected",
  create_connection = "connected", poll = "1", select = "1", epoll = "1", wait = "x", ["wait in place"] = "timed out",
  socket = "made", socketpair = "made", fromfd = "made", ["fromfd with a timeout"] = "made", dup = "made", settimeout = "set",
  server = "made", loop = "made", lookup = "127.0.0.1", close = "closed",
}

describe("a system call that is interrupted", function()
  for _, row in ipairs({
    {"recv", "recv"}, {"recv blocking", "recv"}, {"recv_into", "recv"}, {"recvfrom", "recvfrom"},
    {"recvfrom of a stream", "recvmsg"}, {"recvmsg", "recvmsg"}, {"recv_fds", "recvmsg"}, {"recv_fds", "sendmsg"},
    {"readline", "recv"}, {"send", "sendto"}, {"sendall", "sendto"},
    {"sendto", "sendto"}, {"sendmsg", "sendmsg"}, {"sendfile", "sendfile"}, {"write", "sendto"}, {"accept", "accept4"},
    {"connect", "connect"}, {"connect blocking", "connect"}, {"connect", "poll"}, {"create_connection", "connect"},
    {"create_connection", "poll"}, {"poll", "poll"}, {"select", "poll"}, {"epoll", "epoll_wait"}, {"wait", "epoll_wait"},
    {"wait in place", "poll"}, {"lookup", "poll"}, {"close", "close"}, {"connect non-blocking", "connect"},
  }) do
    local case, call = table.unpack(row)
    it(("changes nothing: %s in %s"):format(call, case), function()
      local result, again = run(case, call, "EINTR")
      assert.equal(RESULT[case], result)
      assert.equal(RESULT[case], again)
    end)
  end
end)

describe("a system call that would block, on a socket with a timeout,", function()
  for _, row in ipairs({
    {"recv", "recv"}, {"recv_into", "recv"}, {"recvfrom", "recvfrom"}, {"recvfrom of a stream", "recvmsg"},
    {"recvmsg", "recvmsg"}, {"readline", "recv"}, {"send", "sendto"}, {"sendall", "sendto"},
    {"sendto", "sendto"}, {"sendmsg", "sendmsg"}, {"sendfile", "sendfile"}, {"write", "sendto"}, {"accept", "accept4"},
  }) do
    local case, call = table.unpack(row)
    it(("is tried again: %s in %s"):format(call, case), function()
      assert.equal(RESULT[case], (run(case, call, "EAGAIN")))
    end)
  end
end)

describe("a failure of the system", function()
  for _, row in ipairs({
    {"recv", "recv", "ENOMEM"}, {"recv", "recv", "ECONNRESET", "ConnectionResetError"}, {"recvfrom", "recvfrom", "ENOMEM"},
    {"recvfrom of a stream", "recvmsg", "ENOMEM"},
    {"recv_fds", "recvmsg", "ENOBUFS"}, {"recv_fds", "sendmsg", "ENOBUFS"}, {"readline", "recv", "ENOMEM"},
    {"send", "sendto", "ENOBUFS"}, {"sendall", "sendto", "ENOBUFS"}, {"sendto", "sendto", "ENOBUFS"},
    {"sendmsg", "sendmsg", "ENOMEM"}, {"accept", "accept4", "ECONNABORTED", "ConnectionAbortedError"},
    {"accept", "accept4", "ENFILE"}, {"accept", "accept4", "ENOBUFS"}, {"connect", "connect", "ENOBUFS"},
    {"connect", "connect", "ENETUNREACH"}, {"connect", "getsockopt", "ENOBUFS"}, {"connect", "poll", "ENOMEM"},
    {"poll", "poll", "ENOMEM"}, {"select", "poll", "ENOMEM"}, {"epoll", "epoll_wait", "ENOMEM"},
    {"wait", "epoll_wait", "ENOMEM"}, {"wait", "epoll_ctl", "ENOSPC"}, {"wait in place", "poll", "ENOMEM"},
    {"socket", "socket", "ENOBUFS"}, {"socketpair", "socketpair", "ENFILE"}, {"fromfd", "fcntl", "EMFILE"},
    {"fromfd with a timeout", "fcntl", "EMFILE"},
    {"fromfd with a timeout", "fcntl", "EPERM", "PermissionError", 2}, {"dup", "fcntl", "EMFILE"},
    {"settimeout", "fcntl", "EPERM", "PermissionError"}, {"server", "socket", "ENFILE"}, {"loop", "epoll_create1", "ENFILE"},
    {"lookup", "eventfd", "ENFILE"}, {"lookup", "poll", "ENOMEM"}, {"lookup", "pthread_create", "EAGAIN", "gaierror", 1, "EAI_AGAIN"},
  }) do
    local case, call, code, class, first, name = table.unpack(row)
    it(("is raised with its errno, and leaves nothing: %s of %s in %s"):format(code, call, case), function()
      local result, again = run(case, call, code, first)
      assert.equal(("%s %s"):format(class or "OSError", name or code), result)
      assert.equal(RESULT[case], again)
    end)
  end

  it("of close is raised once", function()
    local result, again = run("close", "close", "EIO", 2)
    assert.equal("OSError EIO", result)
    assert.equal("closed", again)
  end)

  it("that interrupts a non-blocking connect does not make it wait", function()
    local address = fixture.silent()
    local child = start(fixture.role("faults", "LIBRARY", "silence", "connect", socket.errno.EINTR, 1, address.port))
    assert.equal("BlockingIOError EINPROGRESS", child:line())
    assert.equal("BlockingIOError EINPROGRESS", child:line())
  end)
end)

describe("memory that runs out in a lookup", function()
  it("is raised as Lua's own", function()
    if SANITIZED then fixture.lacking("a sanitizer has a calloc of its own") end
    local result, again = run("lookup", "calloc", "ENOMEM")
    assert.equal("not enough memory", result)
    assert.equal(RESULT.lookup, again)
  end)
end)

describe("bytes that are sent and received in pieces of any size, while system calls fail and do a part alone,", function()
  it("arrive as they were sent", function()
    local child = start({fixture.interpreter, "torture/bytes.lua", "20000000", "1", "LIBRARY"})
    local output = child:rest()
    -- the shell between its two processes may be another processor's
    assert.equal("", (child:errors():gsub("ERROR: ld.so: object '[^\n]*' from LD_PRELOAD cannot be preloaded[^\n]*\n", "")))
    assert.matches("^19999980 bytes right in 132 combinations, %d%d+ faults", output)
    assert.equal(0, child:wait())
  end)
end)
