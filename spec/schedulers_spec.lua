local fixture = require "spec.fixture"
local socket = require "pysocket"

local PAGE <const> = "<title>A page</title>\n"
local UNUSED <const> = 999 -- the number of no descriptor

-- Blocking-style code that knows nothing of loops: fetches a page over HTTP.
local function get(address)
  local s <close> = socket.create_connection(address, 10)
  s:sendall("GET / HTTP/1.0\r\n\r\n")
  local f <close> = s:makefile("rb")
  assert(f:read("l"):find("^HTTP/1%.0 200 "))
  repeat local header = f:read("l") until header == "\r"
  return f:read("a")
end

-- What a server does once a client has connected.
local function answer(listener)
  local conn <close> = listener:accept()
  conn:recv(1000)
  conn:sendall("HTTP/1.0 200 OK\r\nServer: spec\r\n\r\n" .. PAGE)
end

local need <const> = fixture.need_module

local function in_force(name, ...)
  fixture.need_set()
  local scheduler = require("pysocket.schedulers." .. name).new(...)
  local before = socket.setscheduler(scheduler)
  fixture.defer(socket.setscheduler, before)
  return scheduler
end

-- A wait that the scheduler cannot begin raises an error, and the next wait works.
local function assert_refused(scheduler, run)
  local a, b = fixture.pair()
  local ok, got
  scheduler:spawn(function()
    ok = pcall(scheduler.wait, scheduler, UNUSED, 1)
    got = a:recv(1)
  end)
  scheduler:spawn(function()
    scheduler:wait(nil, 0, 0.01) -- the other task waits meanwhile
    b:sendall("!")
  end)
  run()
  assert.is_false(ok)
  assert.equal("!", got)
  assert.equal(0, scheduler.interest.count)
end

describe("in a program on luv", function()
  it("an HTTP GET lets a luv timer tick", function()
    local uv = need "luv"
    local scheduler = in_force("luv")
    local listener, address = fixture.listener()
    local page, ticks = nil, 0
    local timer = uv.new_timer()
    timer:start(1, 1, function()
      ticks = ticks + 1
      if ticks == 3 then scheduler:spawn(answer, listener) end
      if page then timer:close() end
    end)
    scheduler:spawn(function() page = get(address) end)
    uv.run()
    assert.equal(PAGE, page)
    assert.is_true(ticks > 3)
  end)

  it("a task may wait for luv's callbacks too", function()
    local uv = need "luv"
    local scheduler = in_force("luv")
    local a, b = fixture.pair()
    local got
    scheduler:spawn(function()
      local co = coroutine.running()
      local timer = uv.new_timer()
      timer:start(1, 0, function()
        timer:close()
        assert(coroutine.resume(co, "called back"))
      end)
      got = coroutine.yield() .. a:recv(1)
    end)
    scheduler:spawn(b.sendall, b, "!")
    uv.run()
    assert.equal("called back!", got)
  end)

  it("an error of a task goes to onerror, with its traceback", function()
    local uv = need "luv"
    local scheduler = in_force("luv")
    local seen
    function scheduler.onerror(err, traceback) seen = { err, traceback } end
    scheduler:spawn(error, "broken", 0)
    uv.run()
    assert.equal("broken", seen[1])
    assert.matches("traceback", seen[2])
    assert.is_nil(next(scheduler.tasks))
  end)

  it("a wait that fails leaves nothing", function()
    local uv = need "luv"
    local scheduler = in_force("luv")
    assert_refused(scheduler, function()
      local limit = uv.new_timer()
      limit:start(10000, 0, uv.stop)
      limit:unref()
      uv.run()
      limit:close()
    end)
  end)

  it("nothing is left of what has ended", function()
    local uv = need "luv"
    local scheduler = in_force("luv")
    local a = fixture.pair()
    a:settimeout(0.001)
    scheduler:spawn(function() pcall(a.recv, a, 1) end)
    uv.run()
    assert.equal(0, scheduler.interest.count)
    assert.is_nil(next(scheduler.tasks))
    assert.is_false(uv.loop_alive())
  end)
end)

describe("in a program on cqueues", function()
  it("a wait that fails leaves nothing", function()
    need "cqueues"
    local scheduler = in_force("cqueues")
    assert_refused(scheduler, function() assert(scheduler.controller:loop(10)) end)
    assert.equal(0, scheduler.controller:count())
  end)

  it("an HTTP GET lets the coroutines of cqueues run", function()
    local cqueues = need "cqueues"
    local controller = cqueues.new()
    local scheduler = in_force("cqueues", controller)
    local listener, address = fixture.listener()
    local page, ticks = nil, 0
    controller:wrap(function()
      while not page do
        cqueues.sleep(0.001)
        ticks = ticks + 1
        if ticks == 3 then scheduler:spawn(answer, listener) end
      end
    end)
    scheduler:spawn(function() page = get(address) end)
    assert(controller:loop())
    assert.equal(PAGE, page)
    assert.is_true(ticks > 3)
  end)

  it("a task may wait by the means of cqueues too", function()
    local cqueues = need "cqueues"
    local scheduler = in_force("cqueues")
    local ready = require("cqueues.condition").new()
    local a, b = fixture.pair()
    local got
    scheduler:spawn(function()
      ready:wait()
      got = a:recv(1)
    end)
    scheduler:spawn(function()
      cqueues.sleep(0.001)
      b:sendall("!")
      ready:signal()
    end)
    assert(scheduler.controller:loop())
    assert.equal("!", got)
    assert.equal(0, scheduler.interest.count)
  end)
end)
