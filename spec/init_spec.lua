-- What `require "pysocket"` reads, and what it leaves for later.

local fixture = require "spec.fixture"

local function output(name) return fixture.child("late", name):succeed() end

describe("the module", function()
  it("reads a file of its own when it is asked for what is in it, and those that it needs", function()
    assert.equal(
      "pysocket pysocket.core\n"
        .. "9\tnil\n"
        .. "pysocket pysocket.core\n"
        .. "true\n"
        .. "pysocket pysocket.core pysocket.names\n",
      output("loaded files")
    )
  end)

  it("lists all its names, also those nobody has asked for, and leaves alone what a program has put there", function()
    assert.equal(
      "create_connection\ttrue\ncreate_server\ttrue\nSocketIO\ttrue\nAddressFamily\ttrue\nerrno\ttrue\nAF_INET\ttrue\ntrue\n",
      output("names")
    )
  end)

  it("reports errors at the caller also where it has to read the file first", function()
    local text = output("arguments")
    assert.matches("^spec/roles/late.lua:%d+: bad argument #1 to 'makefile' ", text)
    assert.matches("\nspec/roles/late.lua:%d+: bad argument #1 to 'create_connection' ", text)
  end)

  it("reports errors at the caller also where only a part of the library is required", function()
    local child = fixture.child("parts")
    local text = child:rest()
    assert.equal("", child:errors())
    assert.equal(0, child:wait())
    assert.matches("^spec/roles/parts.lua:%d+: bad argument #1 to 'step' ", text)
    assert.matches("\nspec/roles/parts.lua:%d+: bad argument #1 to 'select' ", text)
    assert.matches("\nspec/roles/parts.lua:%d+: bad argument #1 to 'register' ", text)
  end)

  it("says that there are no descriptors left to read it, and works once there is one", function()
    local command = fixture.role("late", "no descriptors")
    table.move({"sh", "-c", "ulimit -n 40; exec \"$@\"", "sh"}, 1, 4, 1, table.move(command, 1, #command, 5))
    local child = fixture.command(command)
    local text = child:rest()
    assert.equal("", child:errors())
    assert.matches("^true\tEMFILE\tpysocket/file.lua\tspec/roles/late.lua:%d+: \n", text)
    assert.matches("\ntrue\tEMFILE\tpysocket/connection.lua\tspec/roles/late.lua:%d+: \n", text)
    assert.matches("\nhello\ttrue\n$", text)
  end)

  it("works on when a sandbox takes away the globals and the search path", function()
    local text = output("a sandbox")
    assert.matches("^hello\n", text)
    assert.matches("ConnectionRefusedError", text, 1, true)
  end)

  it("works on when others take its files out of package.loaded", function()
    assert.equal("true\ttrue\nhello\n", output("other modules"))
  end)

  it("finds its files by the program's own searcher, too", function()
    local child = fixture.child("archived")
    assert.equal("hello", child:line() or child:errors())
  end)
end)
