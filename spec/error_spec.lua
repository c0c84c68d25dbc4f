local fixture = require "spec.fixture"
local socket = require "pysocket"

describe("an error", function()
  local function refused()
    local address = fixture.refusing()
    local s = fixture.socket()
    return fixture.raises(socket.ConnectionRefusedError, function() s:connect(address) end), address
  end

  it("has errno, strerror, name, call, address and where", function()
    local err, address = refused()
    assert.equal(socket.errno.ECONNREFUSED, err.errno)
    assert.equal("Connection refused", err.strerror)
    assert.equal("ECONNREFUSED", err.name)
    assert.equal("connect", err.call)
    assert.equal(address, err.address)
    assert.truthy(err.where:find("^spec/error_spec.lua:%d+: $"))
  end)

  it("prints all of that in a line", function()
    local err, address = refused()
    local text = ("%sConnectionRefusedError: [Errno %d] Connection refused: connect to %s"):format(
      err.where, socket.errno.ECONNREFUSED, address)
    assert.equal(text, tostring(err))
  end)

  it("is joined to other text as that line", function()
    local err, address = refused()
    assert.equal("to 127.0.0.1:" .. address[2], "to " .. address)
    assert.equal("no: " .. tostring(err), "no: " .. err)
    assert.equal(tostring(err) .. 1, err .. 1)
    assert.equal(tostring(err):rep(2), err .. err)
    for _, value in ipairs({false, {}, print}) do
      fixture.refuses("attempt to concatenate a " .. type(value) .. " value", function() return err .. value end)
    end
    local task_error = setmetatable({strerror = "x"}, require("pysocket.loop").CancelledError)
    assert.equal("CancelledError: x!", task_error .. "!")
  end)

  it("of the Lua layer names the caller's line too", function()
    local address = fixture.refusing()
    local err = fixture.raises(socket.error, function() socket.create_connection(address) end)
    assert.truthy(err.where:find("spec/error_spec.lua:", 1, true))
  end)

  it("without an errno has none", function()
    local err = fixture.raises(socket.error, socket.inet_aton, "nonsense")
    assert.is_nil(err.errno)
  end)

  it("of a resolver holds the resolver's number", function()
    local err = fixture.raises(socket.gaierror, socket.getaddrinfo, "127.0.0.1", "no-such-service")
    assert.equal(socket.EAI_SERVICE, err.errno)
    assert.equal("EAI_SERVICE", err.name)
  end)

  it("of a service names the service, and a host without a name as well as can be", function()
    local err = fixture.raises(socket.gaierror, socket.create_connection, {"127.0.0.1", "8O80"})
    assert.matches("getaddrinfo of 127.0.0.1:8O80$", tostring(err))
    err = fixture.raises(socket.gaierror, socket.getaddrinfo, nil, "no-such-service")
    assert.matches("getaddrinfo of :no%-such%-service$", tostring(err))
    err = fixture.raises(socket.gaierror, socket.getaddrinfo, "", 1)
    assert.matches("getaddrinfo of ''$", tostring(err))
  end)
end)

describe("the classes", function()
  it("error is OSError and timeout is TimeoutError", function()
    assert.equal(socket.OSError, socket.error)
    assert.equal(socket.TimeoutError, socket.timeout)
  end)

  local raised = {
    { "EAGAIN", "BlockingIOError" },
    { "EINPROGRESS", "BlockingIOError" },
    { "EALREADY", "BlockingIOError" },
    { "EPIPE", "BrokenPipeError" },
    { "ESHUTDOWN", "BrokenPipeError" },
    { "ECONNABORTED", "ConnectionAbortedError" },
    { "ECONNREFUSED", "ConnectionRefusedError" },
    { "ECONNRESET", "ConnectionResetError" },
    { "EACCES", "PermissionError" },
    { "EPERM", "PermissionError" },
    { "EINTR", "InterruptedError" },
    { "ETIMEDOUT", "TimeoutError" },
    { "ENOENT", "FileNotFoundError" },
    { "EEXIST", "FileExistsError" },
    { "EADDRINUSE", "OSError" },
    { "EBADF", "OSError" },
    { "ENOTCONN", "OSError" },
  }
  local core = require "pysocket.core"
  for _, case in ipairs(raised) do
    it(case[1] .. " raises " .. case[2], function()
      local err = select(2, pcall(core.raise_errno, socket.errno[case[1]]))
      assert.equal(socket[case[2]], getmetatable(err))
      assert.equal(case[1], err.name)
    end)
  end

  local bases = {
    { "herror", "OSError" },
    { "gaierror", "OSError" },
    { "TimeoutError", "OSError" },
    { "BlockingIOError", "OSError" },
    { "InterruptedError", "OSError" },
    { "PermissionError", "OSError" },
    { "ConnectionError", "OSError" },
    { "BrokenPipeError", "ConnectionError" },
    { "ConnectionAbortedError", "ConnectionError" },
    { "ConnectionRefusedError", "ConnectionError" },
    { "ConnectionResetError", "ConnectionError" },
  }
  for _, case in ipairs(bases) do
    it(case[1] .. " inherits from " .. case[2], function()
      local err = setmetatable({}, socket[case[1]])
      assert.is_true(socket.isinstance(err, socket[case[2]]))
      assert.is_true(socket.isinstance(err, socket.error))
      assert.is_false(socket.isinstance(setmetatable({}, socket[case[2]]), socket[case[1]]))
    end)
  end

  it("are the same when the module is opened again", function()
    local first = socket.BlockingIOError
    package.loaded.pysocket = nil
    package.loaded["pysocket.core"] = nil
    local again = require "pysocket"
    assert.equal(first, again.BlockingIOError)
    assert.equal(socket.socket, again.socket)
  end)
end)

describe("isinstance", function()
  it("works on any value", function()
    assert.is_false(socket.isinstance(nil, socket.error))
    assert.is_false(socket.isinstance("text", socket.error))
    assert.is_false(socket.isinstance({}, socket.error))
    assert.is_false(socket.isinstance(print, socket.error))
    assert.is_false(socket.isinstance(io.stdout, socket.error))
  end)

  it("knows sockets", function()
    local s = fixture.socket()
    assert.is_true(socket.isinstance(s, socket.socket))
    assert.is_true(socket.isinstance(s, socket.SocketType))
  end)

  it("refuses to protect what cannot be called", function()
    fixture.refuses("bad argument #1 to 'protect' (function expected, got nil)", socket.protect, nil)
    fixture.refuses("bad argument #1 to 'protect' (function expected, got no value)", socket.protect)
    local callable = setmetatable({}, {__call = function(_, x) return x end})
    assert.equal(5, socket.protect(callable)(5))
  end)

  it("refuses what is no class", function()
    fixture.refuses("bad argument #2 to 'isinstance'", socket.isinstance, {}, "error")
  end)
end)

describe("ExceptionGroup", function()
  it("keeps its errors and prints a line for each", function()
    local address = fixture.refusing()
    local err = fixture.raises(socket.ExceptionGroup, function()
      socket.create_connection(address, { all_errors = true })
    end)
    assert.equal(1, #err.exceptions)
    assert.is_true(socket.isinstance(err.exceptions[1], socket.ConnectionRefusedError))
    assert.truthy(tostring(err):find("create_connection failed (1 sub-exceptions)\n  ", 1, true))
    assert.is_false(socket.isinstance(err, socket.error))
  end)

  it("is caught by protect", function()
    local address = fixture.refusing()
    local s, err = socket.protect(socket.create_connection)(address, { all_errors = true })
    assert.is_nil(s)
    assert.is_true(socket.isinstance(err, socket.ExceptionGroup))
  end)
end)
