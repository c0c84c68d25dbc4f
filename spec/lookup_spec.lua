-- Many lookups at the same time: what they take, and what does not keep them waiting.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local function output_of(command) return fixture.network({dns = true}):command(command):succeed() end

-- What a case of spec/roles/lookups.lua prints in a network of its own.
local function run(...) return output_of(fixture.role("lookups", ...)) end

-- The same in a process that may have so many descriptors.
local function run_with(descriptors, ...)
  local command = fixture.role("lookups", ...)
  local limit = ("ulimit -n %d; exec \"$@\""):format(descriptors)
  return output_of(table.move(command, 1, #command, 5, {"sh", "-c", limit, "sh", preload = true}))
end

describe("lookups in tasks", function()
  it("take one descriptor of a process that may have few", function()
    assert.equal("400\t1\n", run_with(64, "many"))
  end)

  it("share the answer when they ask the same at the same time", function()
    assert.equal("true\n127.0.0.1\tnil\n", run("shared"))
  end)

  it("each get their own answer in a scheduler that knows descriptors alone", function()
    assert.equal("50\n", run("plain"))
  end)

  it("each get their own answer in several loops", function() assert.equal("80\n", run("loops")) end)
end)

describe("a name that answers", function()
  it("does not wait for eight that hang", function() assert.equal("127.0.0.1\n", run("overtake_eight")) end)

  it("does not wait for a hundred that hang", function() assert.equal("127.0.0.1\n", run("overtake_hundred")) end)

  it("does not wait for one that hangs and is asked for without end", function()
    assert.equal("127.0.0.1\n", run("overtake_one"))
  end)
end)

describe("setlookuplimits", function()
  local function restore() fixture.defer(socket.setlookuplimits, socket.getlookuplimits()) end

  it("bounds the threads of lookups that hang", function() assert.equal("3\n", run("limits")) end)

  it("need not: a name that hangs takes few of them, however often it is asked for", function()
    assert.is_true(tonumber(run("same")) <= 4)
  end)

  it("changes what getlookuplimits gives", function()
    restore()
    socket.setlookuplimits(3, 30)
    assert.same({3, 30}, {socket.getlookuplimits()})
  end)

  it("leaves a limit as it was that is not given", function()
    restore()
    socket.setlookuplimits(3, 30)
    socket.setlookuplimits({quick = 4})
    assert.same({4, 30}, {socket.getlookuplimits()})
    socket.setlookuplimits(nil, 40)
    assert.same({4, 40}, {socket.getlookuplimits()})
  end)

  it("refuses to have none, and changes nothing then", function()
    restore()
    socket.setlookuplimits(3, 30)
    fixture.refuses("bad argument #1 to 'setlookuplimits' (quick", socket.setlookuplimits, 0)
    fixture.refuses("bad argument #2 to 'setlookuplimits' (all", socket.setlookuplimits, {quick = 5, all = 0})
    assert.same({3, 30}, {socket.getlookuplimits()})
  end)
end)

describe("a lookup beside an answer that nobody takes", function()
  it("does not turn in circles when a loop does not run", function()
    assert.equal("true\n127.0.0.1\n", run("beside_idle_loop"))
  end)

  it("does not turn in circles when a task is lost", function()
    assert.equal("127.0.0.1\ntrue\n", run("beside_lost_task"))
  end)
end)

describe("a lookup without a descriptor", function()
  it("does not say that the name is unknown", function()
    fixture.need_glibc("it says so of an address whose name it does not find for want of a descriptor")
    assert.equal(("EMFILE\n"):rep(5) .. ("true\n"):rep(5), run_with(40, "starved"))
  end)
end)

describe("the end of a state", function()
  it("is told to a scheduler before the descriptor of lookups is closed", function()
    assert.equal("closing\n", run("goodbye"))
  end)
end)

describe("a forked process", function()
  it("gets an answer for a lookup that was under way, and has no descriptor of the parent's", function()
    assert.equal("127.0.0.1\n1\ttrue\n", run("fork", (fixture.forking_library())))
  end)

  it("looks names up by itself, as its parent does", function()
    assert.equal("127.0.0.1\n1\ttrue\n127.0.0.1\n", run("fork_after", (fixture.forking_library())))
  end)
end)
