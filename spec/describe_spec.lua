-- Values as messages show them.

local core = require "pysocket.core"
local fixture = require "spec.fixture"
local socket = require "pysocket"

local describe_value <const> = core.describe

describe("a message shows", function()
  local cases = {
    {"a string in quotes", "a", "'a'"},
    {"the beginning of a long string", ("x"):rep(100), "'" .. ("x"):rep(60) .. "...'"},
    {"control characters as numbers", "a\0b\n", "'a\\0b\\10'"},
    {"a number as it is", 1 << 40, "1099511627776"},
    {"nil", nil, "nil"},
    {"a boolean", false, "false"},
    {"the type of a function", print, "function"},
    {"an object by its own text", setmetatable({}, {__tostring = function() return "mine" end}), "mine"},
    {"a table with its contents", {"a", 1.5, true}, "{'a', 1.5, true}"},
    {"what is in a table by name", {host = "h"}, "{host = 'h'}"},
    {"keys that are no names", {[0] = "a"}, "{[0] = 'a'}"},
    {"keys with blanks", {["a b"] = 1}, "{['a b'] = 1}"},
    {"elements and names", {"a", port = 1}, "{'a', port = 1}"},
    {"a hole in a table", {nil, 80}, "{nil, 80}"},
    {"a hole before what was set later", {[3] = "c"}, "{nil, nil, 'c'}"},
    {"no more than eight elements", {1, 2, 3, 4, 5, 6, 7, 8, 9}, "{1, 2, 3, 4, 5, 6, 7, 8, ...}"},
    {"tables in a table as such", {{1}, {}}, "{{...}, {...}}"},
    {"an empty table", {}, "{}"},
  }
  for _, case in ipairs(cases) do
    local title, value, text = case[1], case[2], case[3]
    it(title, function() assert.equal(text, describe_value(value)) end)
  end

  it("no endless text of a table that contains itself", function()
    local t = {}
    t[1], t[t] = t, 1
    assert.matches("^{{...}, %[.*%] = 1}$", describe_value(t))
  end)

  it("an address in an error of the caller", function()
    fixture.refuses("got {'127.0.0.1', {...}})", socket.create_connection, {"127.0.0.1", {}})
  end)
end)

describe("a host and a port in place of an address", function()
  local form <const> = "address must be {host, port}, got 'h')"

  for _, method in ipairs({"connect", "connect_ex", "bind"}) do
    it("are told what an address is: " .. method, function()
      local s = fixture.socket()
      fixture.refuses(("bad argument #1 to '%s' (AF_INET %s"):format(method, form), s[method], s, "h", 80)
    end)
  end

  it("are told what an address is: sendto", function()
    local s = fixture.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fixture.refuses("bad argument #2 to 'sendto' (AF_INET " .. form, s.sendto, s, "x", "h", 80)
  end)

  it("are told what an address is: create_server", function()
    fixture.refuses("bad argument #1 to 'create_server' (" .. form, socket.create_server, "h", 80)
  end)

  it("are told what an address is: create_connection", function()
    fixture.refuses("bad argument #1 to 'create_connection' (address must be {host, port}", socket.create_connection, "h", 80)
  end)
end)

describe("a size that no call can receive", function()
  for _, method in ipairs({"recv", "recvfrom", "recvmsg"}) do
    it("is refused with its name and value: " .. method, function()
      local s = fixture.socket()
      fixture.refuses(("bad argument #1 to '%s' (bufsize too large, got 1099511627776)"):format(method), s[method], s, 1 << 40)
    end)
  end
end)

describe("a closed socket", function()
  local address = {"127.0.0.1", 80}
  local calls = {
    accept = {}, bind = {address}, connect = {address}, recv = {1}, recvfrom = {1}, send = {"x"}, sendall = {"x"},
    disconnect = {}, listen = {}, shutdown = {socket.SHUT_RD}, getsockname = {}, getpeername = {}, dup = {}, settimeout = {1},
    getsockopt = {socket.SOL_SOCKET, socket.SO_TYPE}, setsockopt = {socket.SOL_SOCKET, socket.SO_REUSEADDR, 1},
    get_inheritable = {}, set_inheritable = {true},
  }
  for method, arguments in pairs(calls) do
    it("says that it is closed, with EBADF: " .. method, function()
      local s = fixture.socket()
      s:close()
      local err = fixture.raises(socket.OSError, s[method], s, table.unpack(arguments))
      assert.same({"EBADF", true}, {err.name, err.strerror:find("the socket is closed", 1, true) ~= nil})
    end)
  end
end)
