-- What signals do to a process that uses us, and what we do about signals.

local fixture = require "spec.fixture"

describe("the first Ctrl-C in the stock interpreter", function()
  for _, call in ipairs({
    "accept", "recv", "sendall", "sendfile", "read", "write", "poll", "select", "selector", "task",
  }) do
    it("ends a blocked " .. call, function()
      fixture.assert_interrupted(fixture.child("blocked", call))
    end)

    it("ends a blocked " .. call .. " inside a coroutine", function()
      fixture.assert_interrupted(fixture.child("blocked", call .. "/coroutine"))
    end)
  end

  for _, call in ipairs({"connect", "connect/coroutine"}) do
    it("ends a blocked " .. call, function()
      local address = fixture.silent()
      fixture.assert_interrupted(fixture.child("blocked", call, address[1], address[2]))
    end)
  end

  for _, call in ipairs({"getaddrinfo", "getaddrinfo/coroutine", "create_connection"}) do
    it("ends a " .. call .. " that waits for a dead name server", function()
      local network = fixture.network({dns = true})
      fixture.assert_interrupted(network:child("blocked", call, "silent.test"))
    end)
  end

  it("ends a create_connection to an address that never answers", function()
    local network = fixture.network({hole = true})
    fixture.assert_interrupted(network:child("blocked", "create_connection", "192.0.2.1"))
  end)
end)

-- A library that makes signals rain on the process that loads it.
local function alarm()
  fixture.need_command("cc")
  local path = fixture.path()
  local compiler = fixture.command({
    "cc", "-shared", "-fPIC", "-Wl,-z,nodelete", "-o", path, "spec/roles/alarm.c",
  })
  assert.equal(0, compiler:wait())
  return path
end

local function assert_in_time(child, ending)
  assert.equal(ending or "timeout", child:line())
  assert.is_true(child.output:read("n") >= 0.5)
  assert.equal(0, child:wait())
end

describe("a timeout while signals arrive faster than it runs out", function()
  for _, call in ipairs({"accept", "recv", "sendall", "sendfile", "read", "write", "task"}) do
    it("is kept by " .. call, function()
      assert_in_time(fixture.child("alarmed", alarm(), call))
    end)
  end

  for _, call in ipairs({"select", "selector"}) do
    it("is kept by " .. call, function()
      assert_in_time(fixture.child("alarmed", alarm(), call), "done")
    end)
  end

  for _, call in ipairs({"connect", "create_connection"}) do
    it("is kept by " .. call, function()
      local address = fixture.silent()
      assert_in_time(fixture.child("alarmed", alarm(), call, address[1], address[2]))
    end)
  end

  it("is kept by getaddrinfo", function()
    local network = fixture.network({dns = true})
    assert_in_time(network:child("alarmed", alarm(), "getaddrinfo", "silent.test"))
  end)
end)

describe("writing to a peer that is gone", function()
  for _, call in ipairs({"send", "sendall", "sendto", "sendmsg", "sendfile", "relay", "write"}) do
    it("raises BrokenPipeError from " .. call .. " and leaves signals alone", function()
      local command = fixture.role("sigpipe", call)
      table.move({"env", "--default-signal=PIPE"}, 1, 2, 1, table.move(command, 1, #command, 3))
      local child = fixture.command(command)
      assert.equal("BrokenPipeError", child:line())
      assert.equal("32", child:line())
      local before = child:line()
      assert.equal(before, child:line())
      assert.equal(0, child:wait())
    end)
  end
end)

describe("the bell of a loop on a system without eventfd(2)", function()
  it("rings however often, falls silent, and raises no SIGPIPE when the loop has gone", function()
    local program = fixture.compiled("spec/roles/bell.c", {flags = "-DSYS_BARE src/system/posix.c src/system/hostent.c -ldl"})
    local child = fixture.command({program})
    assert.equal("all is well\n", child:rest())
    assert.equal(0, child:wait())
  end)
end)
