local core = require "pysocket.core"
local fixture = require "spec.fixture"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"
local tasks = require "spec.tasks"

local READ <const>, WRITE <const> = selectors.EVENT_READ, selectors.EVENT_WRITE

local function closed_socket()
  local s = socket.socket()
  s:close()
  return s
end

describe("the module", function()
  it("has the events of Python", function()
    assert.same({1, 2}, {READ, WRITE})
  end)

  it("has the best selector there is as the default", function()
    local best = selectors.EpollSelector or selectors.KqueueSelector or selectors.PollSelector
    assert.equal(best, selectors.DefaultSelector)
  end)

  it("can be required without the rest", function()
    local child = fixture.child("alone", "pysocket.selectors")
    assert.equal("table", child:line())
    assert.equal("nil", child:line())
  end)
end)

describe("a SelectorKey", function()
  local key = selectors.SelectorKey("object", 3, READ, "data")

  it("is a sequence that answers to names", function()
    assert.same({"object", 3, READ, "data"}, {key[1], key[2], key[3], key[4]})
    assert.same({"object", 3, READ, "data"}, {key.fileobj, key.fd, key.events, key.data})
    assert.is_nil(key.other)
  end)

  it("may be without data", function()
    assert.is_nil(selectors.SelectorKey("object", 3, READ).data)
  end)

  it("compares by value", function()
    assert.is_true(key == selectors.SelectorKey("object", 3, READ, "data"))
    assert.is_false(key == selectors.SelectorKey("object", 3, WRITE, "data"))
    assert.is_false(key == {"object", 3, READ, "data"})
  end)

  it("prints its fields", function()
    assert.equal("SelectorKey(fileobj=object, fd=3, events=1, data=data)", tostring(key))
  end)

  it("does not change", function()
    fixture.refuses("does not change", function() key.data = 1 end)
  end)
end)

-- The same of every kind of selector.
local function behaves(kind)
  local class = selectors[kind]

  local function new()
    if not class then fixture.lacking("there is no " .. kind) end
    return fixture.keep(class())
  end

  -- A selector, and a socket registered with it for reading, and its peer.
  local function watching(data)
    local selector = new()
    local a, b = fixture.pair()
    selector:register(a, READ, data)
    return selector, a, b
  end

  describe("a " .. kind, function()
    it("is an instance of its class and of BaseSelector", function()
      local selector = new()
      assert.is_true(socket.isinstance(selector, class))
      assert.is_true(socket.isinstance(selector, selectors.BaseSelector))
    end)

    it("gives the key of what it registers", function()
      local selector = new()
      local a = fixture.pair()
      local key = selector:register(a, READ | WRITE, "data")
      assert.same({a, a:fileno(), READ | WRITE, "data"}, {key[1], key[2], key[3], key[4]})
    end)

    it("gives keys and events of what is ready", function()
      local selector, a, b = watching("data")
      b:send("x")
      local ready = selector:select(10)
      assert.equal(1, #ready)
      assert.equal(selector:get_key(a), ready[1][1])
      assert.equal(READ, ready[1][2])
    end)

    it("gives both events at once", function()
      local selector = new()
      local a, b = fixture.pair()
      selector:register(a, READ | WRITE)
      b:send("x")
      assert.equal(READ | WRITE, selector:select(10)[1][2])
    end)

    it("gives only the events that were asked for", function()
      local selector, a, b = watching()
      selector:modify(a, WRITE)
      b:close()
      assert.equal(WRITE, selector:select(10)[1][2])
    end)

    it("gives all that are ready", function()
      local selector, _, b = watching()
      local c, d = fixture.pair()
      selector:register(c, READ)
      selector:register(d, WRITE)
      b:send("x")
      d:send("x")
      assert.equal(3, #selector:select(10))
    end)

    it("says that a socket at its end is readable", function()
      local selector, _, b = watching()
      b:close()
      assert.equal(READ, selector:select(10)[1][2])
    end)

    it("takes descriptors, objects with fileno and files of the io library", function()
      fixture.need_command("cat")
      local selector = new()
      local a, b = fixture.pair()
      local object = {fileno = function() return b:fileno() end}
      local f <close> = assert(io.popen("exec cat >/dev/null", "w"))
      selector:register(a:fileno(), WRITE)
      selector:register(object, WRITE)
      selector:register(f, WRITE)
      assert.equal(3, #selector:select(10))
      assert.equal(object, selector:get_key(b).fileobj)
      assert.equal(a:fileno(), selector:get_key(a).fileobj)
    end)

    it("gives nothing when time is up, and not before", function()
      local selector = watching()
      local start = fixture.monotonic()
      assert.same({}, selector:select(0.02))
      assert.is_true(fixture.monotonic() - start >= 0.02)
    end)

    for _, timeout in ipairs({0, -1, -math.huge}) do
      it("does not wait for " .. timeout .. " seconds", function()
        local selector = watching()
        assert.same({}, selector:select(timeout))
      end)
    end

    it("waits for the time alone when nothing is registered", function()
      local start = fixture.monotonic()
      assert.same({}, new():select(0.02))
      assert.is_true(fixture.monotonic() - start >= 0.02)
    end)

    for what, timeout in pairs({["no number"] = "1", ["no time at all"] = 0 / 0}) do
      it("refuses a timeout that is " .. what, function()
        local selector = new()
        local message = "bad argument #1 to 'select' (timeout"
        fixture.refuses(message, selector.select, selector, timeout)
      end)
    end

    it("fills a table of the caller's with select_into, and leaves the rest", function()
      local selector, a, b = watching()
      b:send("x")
      local ready = {1, 2, 3}
      assert.equal(1, selector:select_into(ready, 10))
      assert.same({selector:get_key(a), READ, 3}, ready)
    end)

    it("counts nothing with select_into when time is up", function()
      local selector = watching()
      local ready = {}
      assert.equal(0, selector:select_into(ready, 0))
      assert.same({}, ready)
    end)

    it("refuses to fill what is no table", function()
      local selector = new()
      fixture.refuses("bad argument #1 to 'select_into'", selector.select_into, selector, 0)
    end)

    it("refuses to register twice, the object or its descriptor", function()
      local selector, a = watching()
      local message = "bad argument #1 to 'register' "
      fixture.refuses(message, selector.register, selector, a, WRITE)
      fixture.refuses("is already registered", selector.register, selector, a:fileno(), WRITE)
    end)

    for _, events in ipairs({0, 4, -1, 1.5, "1"}) do
      it("refuses the events " .. events, function()
        local selector, a = watching()
        local b = fixture.pair()
        local message = "bad argument #2 to '%s' (invalid events: " .. core.describe(events)
        fixture.refuses(message:format("register"), selector.register, selector, b, events)
        fixture.refuses(message:format("modify"), selector.modify, selector, a, events)
      end)
    end

    for what, make in pairs({
      ["a closed socket"] = closed_socket,
      ["a negative descriptor"] = function() return -1 end,
      ["what has no descriptor"] = function() return {} end,
    }) do
      it("refuses " .. what, function()
        local selector = new()
        local object = make()
        local message = "bad argument #1 to 'register' (invalid file object: " .. core.describe(object)
        fixture.refuses(message, selector.register, selector, object, READ)
        assert.equal(0, #selector:get_map())
      end)
    end

    it("reports an argument at the caller's line", function()
      local selector = new()
      fixture.refuses("selectors_spec.lua:", function() selector:register(-1, READ) end)
      fixture.refuses("selectors_spec.lua:", function() selector:select("1") end)
    end)

    it("watches no longer what was unregistered, and gives its key", function()
      local selector, a, b = watching("data")
      local key = selector:get_key(a)
      b:send("x")
      assert.equal(key, selector:unregister(a))
      assert.same({}, selector:select(0))
    end)

    it("registers again what was unregistered", function()
      local selector, a, b = watching()
      selector:unregister(a)
      selector:register(a, READ)
      b:send("x")
      assert.equal(1, #selector:select(10))
    end)

    it("unregisters a socket that has been closed", function()
      local selector, a = watching()
      local fd = a:fileno()
      a:close()
      assert.equal(fd, selector:unregister(a).fd)
      assert.same({}, selector:select(0))
    end)

    it("unregisters a closed socket whose descriptor is another's now", function()
      local selector, a = watching()
      local fd = a:fileno()
      a:close()
      local other = fixture.socket()
      if other:fileno() ~= fd then fixture.lacking("the system gives the number to no other at once") end
      selector:unregister(a)
      selector:register(other, WRITE)
      assert.equal(other, selector:get_key(fd).fileobj)
    end)

    for _, method in ipairs({"unregister", "modify", "get_key"}) do
      it("refuses what is not registered in " .. method, function()
        local selector = new()
        local a = fixture.pair()
        local message = ("bad argument #1 to '%s' (%s is not registered"):format(method, a)
        fixture.refuses(message, selector[method], selector, a, READ)
      end)

      it("refuses what is no file in " .. method, function()
        local selector = new()
        local message = ("bad argument #1 to '%s' (invalid file object: "):format(method)
        fixture.refuses(message, selector[method], selector, closed_socket(), READ)
      end)
    end

    it("modifies the events, and gives the new key", function()
      local selector, a = watching("data")
      local key = selector:modify(a, WRITE, "new")
      assert.same({WRITE, "new"}, {key.events, key.data})
      assert.equal(key, selector:get_key(a))
      assert.equal(WRITE, selector:select(10)[1][2])
    end)

    it("modifies the data alone, and leaves the key of before as it was", function()
      local selector, a = watching("data")
      local before = selector:get_key(a)
      assert.equal("new", selector:modify(a, READ, "new").data)
      assert.equal("data", before.data)
      assert.is_nil(selector:modify(a, READ).data)
    end)

    it("gives a map of all that is registered", function()
      local selector, a = watching()
      local map = selector:get_map()
      assert.equal(1, #map)
      assert.equal(selector:get_key(a), map[a])
      assert.equal(map[a], map[a:fileno()])
      assert.is_nil(map[-1])
      assert.is_nil(map[fixture.pair()])
      selector:unregister(a)
      assert.equal(0, #map)
    end)

    it("has descriptors and keys in its map", function()
      local selector, a = watching()
      local seen = {}
      for fd, key in pairs(selector:get_map()) do seen[fd] = key.fileobj end
      assert.same({[a:fileno()] = a}, seen)
    end)

    it("lets nobody write into its map", function()
      local selector, a = watching()
      fixture.refuses("read-only", function() selector:get_map()[a] = 1 end)
    end)

    it("is closed with its scope, and again without harm", function()
      local kept
      do
        local selector <close> = new()
        kept = selector
      end
      assert.is_nil(kept:get_map())
      kept:close()
    end)

    it("has no map when closed, and refuses work", function()
      local selector, a = watching()
      selector:close()
      assert.is_nil(selector:get_map())
      fixture.refuses("selector is closed", selector.get_key, selector, a)
      fixture.refuses("selector is closed", selector.register, selector, a, READ)
      fixture.refuses("selector is closed", selector.select, selector, 0)
      fixture.refuses("selectors_spec.lua:", function() selector:select(0) end)
      fixture.refuses("is not registered", selector.unregister, selector, a)
    end)

    it("leaves no descriptor, whether it was closed or collected", function()
      collectgarbage() -- what other tests left goes first
      collectgarbage()
      local before = fixture.settled_descriptors()
      if class then
        class():close()
        class():select(0)
        collectgarbage()
      end
      assert.same(before, fixture.descriptors())
    end)

    it("lets other tasks run while it waits", function()
      local selector, a, b = watching()
      local scheduler = tasks.scheduler(fixture.defer)
      local ready
      scheduler:spawn(function() ready = selector:select(10) end)
      scheduler:spawn(function() b:send("x") end)
      scheduler:run()
      assert.equal(1, #ready)
      assert.equal(a, ready[1][1].fileobj)
    end)

    it("gives nothing in a task when time is up, and not before", function()
      local selector = watching()
      local scheduler = tasks.scheduler(fixture.defer)
      local start = fixture.monotonic()
      local ready
      scheduler:spawn(function() ready = selector:select(0.02) end)
      scheduler:run()
      assert.same({}, ready)
      assert.is_true(fixture.monotonic() - start >= 0.02)
    end)

    it("does not give what another task unregistered meanwhile", function()
      local selector, a, b = watching()
      local c, d = fixture.pair()
      selector:register(c, READ)
      local scheduler = tasks.scheduler(fixture.defer)
      local ready
      scheduler:spawn(function() ready = selector:select(10) end)
      scheduler:spawn(function()
        selector:unregister(a)
        b:send("x")
        d:send("x")
      end)
      scheduler:run()
      assert.equal(1, #ready)
      assert.equal(c, ready[1][1].fileobj)
    end)
  end)
end

for _, kind in ipairs({"SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector"}) do behaves(kind) end

describe("a SelectSelector", function()
  it("raises EBADF for a descriptor that was closed under it", function()
    local selector = fixture.keep(selectors.SelectSelector())
    local s = socket.socket()
    selector:register(s, READ)
    s:close()
    assert.equal("EBADF", fixture.raises(socket.OSError, selector.select, selector, 0).name)
  end)
end)

for _, kind in ipairs({"EpollSelector", "KqueueSelector"}) do
  describe("an " .. kind, function()
    local function new()
      if not selectors[kind] then fixture.lacking("there is no " .. kind) end
      return fixture.keep(selectors[kind]())
    end

    it("has no longer registered what could not be modified", function()
      local selector = new()
      local a = socket.socket()
      local fd = a:fileno()
      selector:register(fd, READ)
      a:close()
      fixture.raises(socket.OSError, selector.modify, selector, fd, WRITE)
      assert.equal(0, #selector:get_map())
    end)

    it("has not registered what the system does not know", function()
      local selector = new()
      fixture.raises(socket.OSError, selector.register, selector, 9999, READ | WRITE)
      assert.equal(0, #selector:get_map())
    end)

    it("has a descriptor that is readable when something is ready", function()
      local selector, outer = new(), new()
      local a, b = fixture.pair()
      selector:register(a, READ)
      outer:register(selector, READ)
      assert.same({}, outer:select(0))
      b:send("x")
      assert.equal(selector, outer:select(10)[1][1].fileobj)
    end)

    it("raises EMFILE where no descriptor is left, and leaves none", function()
      local _ = new()
      local child = fixture.child("crowded", "selector")
      assert.equal("EMFILE", child:line())
      assert.equal("0", child:line())
    end)

    it("closed by another task wakes who waits with it", function()
      local selector = new()
      local a = fixture.pair()
      selector:register(a, READ)
      local scheduler = tasks.scheduler(fixture.defer)
      local ok, err
      scheduler:spawn(function() ok, err = pcall(selector.select, selector, 10) end)
      scheduler:spawn(function() selector:close() end)
      scheduler:run()
      assert.is_false(ok)
      assert.matches("closed", tostring(err))
    end)
  end)
end

describe("an EpollSelector", function()
  local function new()
    if not selectors.EpollSelector then fixture.lacking("no epoll") end
    return fixture.keep(selectors.EpollSelector())
  end

  it("has not registered what the system refuses to watch", function()
    local selector = new()
    local f <close> = assert(io.open(fixture.file("text")))
    fixture.raises(socket.PermissionError, selector.register, selector, f, READ)
    assert.equal(0, #selector:get_map())
  end)

  it("makes no garbage with select_into", function()
    local selector = new()
    local a, b = fixture.pair()
    selector:register(a, READ)
    b:send("x")
    local ready = {}
    selector:select_into(ready, 0)
    collectgarbage("stop")
    fixture.defer(collectgarbage, "restart")
    local before = collectgarbage("count")
    for _ = 1, 100 do selector:select_into(ready, 0) end
    local after = collectgarbage("count")
    assert.equal(before, after)
  end)
end)
