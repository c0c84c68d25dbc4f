-- What happens when there are no descriptors left.

local fixture = require "spec.fixture"

-- Each fails once for every descriptor that it needs, then succeeds; what it left is counted each time.
local cases = {
  {"socket", {"EMFILE"}},
  {"socketpair", {"EMFILE", "EMFILE"}},
  {"fromfd", {"EMFILE"}},
  {"dup", {"EMFILE"}},
  {"socket:dup", {"EMFILE"}},
  {"accept", {"EMFILE"}},
  {"create_connection", {"EMFILE"}},
  {"create_connection to a name", {"EMFILE"}},
  {"create_server", {"EMFILE"}},
  {"connect to a name", {"EMFILE", "EMFILE"}},
  {"getaddrinfo", {"EMFILE"}},
  {"gethostbyaddr", {"EMFILE"}},
  {"epoll", {"EMFILE"}},
  {"EpollSelector", {"EMFILE"}},
  {"loop.new", {"EMFILE"}},
  {"select in a task", {"EMFILE"}},
  {"recv_fds", {"truncated", "truncated"}},
}

for _, case in ipairs(cases) do
  local name, errors = table.unpack(case)
  describe(name .. " without descriptors", function()
    it("fails with the system's errno, leaves nothing, and works once there is room", function()
      if name == "gethostbyaddr" then fixture.need_glibc("it does not say what it lacks") end
      local command = fixture.role("limits", name)
      table.move({"sh", "-c", "ulimit -n 40; exec \"$@\"", "sh"}, 1, 4, 1, table.move(command, 1, #command, 5))
      local child = fixture.command(command)
      local output = child:rest()
      assert.equal("", child:errors())
      assert.matches("^" .. table.concat(errors, "\n") .. "\nok\n$", output)
      assert.equal(0, child:wait())
    end)
  end)
end
