-- Python's kqueue objects; and kqueue(2) itself: the one of this system, or that of torture/kqueue, over which `./dev poller
-- kqueue` tries our code for it. A sentence of the manual page of FreeBSD and macOS each, and what a program sees of it.

local core = require "pysocket.core"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local select = require "pysocket.select"
local socket = require "pysocket"

local PAGE <const> = {
  {"readded", "Re-adding an existing event will modify the parameters of the original event, and not result in a duplicate entry."},
  {"preexisting", "The filter is executed upon the initial registration of a kevent in order to detect whether a preexisting " ..
    "condition is present."},
  {"by_filter", "A kevent is identified by the (ident, filter) pair; there may only be one unique kevent per kqueue."},
  {"rerun", "If the filter indicates that the condition that triggered the event no longer holds, the kevent is removed from the " ..
    "kqueue and is not returned."},
  {"aggregated", "Multiple events which trigger the filter do not result in multiple kevents being placed on the kqueue; " ..
    "instead, the filter will aggregate the events into a single struct kevent."},
  {"cleared", "EV_CLEAR: After the event is retrieved by the user, its state is reset."},
  {"level", "EVFILT_READ: returns whenever there is data available to read."},
  {"ended", "If the read direction of the socket has shutdown, then the filter also sets EV_EOF. It is possible for EOF to be " ..
    "returned while there is still data pending in the socket buffer."},
  {"unread", "EVFILT_WRITE: data will contain the amount of space remaining in the write buffer. The filter will set EV_EOF " ..
    "when the reader disconnects."},
  {"last_writer", "Fifos, Pipes: data contains the number of bytes available. When the last writer disconnects, the filter " ..
    "will set EV_EOF."},
  {"listening", "Sockets which have previously been passed to listen() return when there is an incoming connection pending."},
  {"closed", "Calling close() on a file descriptor will remove any kevents that reference the descriptor."},
  {"renumbered", "EV_DELETE: Events which are attached to file descriptors are automatically deleted on the last close of the " ..
    "descriptor."},
  {"inherited", "The queue is not inherited by a child created with fork(2)."},
  {"receipt", "EV_RECEIPT: useful for making bulk changes to a kqueue without draining any pending events. It forces EV_ERROR " ..
    "to always be returned; when a filter is successfully added the data field will be zero."},
  {"errors", "If an error occurs while processing an element of the changelist and there is enough room in the eventlist, then " ..
    "the event will be placed in the eventlist with EV_ERROR set in flags and the system error in data."},
  {"no_room", "Otherwise, -1 will be returned, and errno will be set: EBADF, the descriptor is invalid; ENOENT, the event could " ..
    "not be found to be modified or deleted."},
  {"invalid", "EINVAL: The specified time limit or filter is invalid."},
  {"changes_first", "All changes contained in the changelist are applied before any pending events are read from the queue."},
  {"deleted", "EV_DELETE: Removes the event from the kqueue."},
  {"disabled", "EV_DISABLE: Disable the event so kevent() will not return it. EV_ENABLE: Permit kevent() to return the event if " ..
    "it is triggered."},
  {"oneshot", "EV_ONESHOT: After the user retrieves the event from the kqueue, it is deleted."},
  {"dispatch", "EV_DISPATCH: Disable the event source immediately after delivery of an event."},
  {"triggered", "EVFILT_USER: a user event identified by ident which is triggered by user level code. NOTE_TRIGGER: Cause the " ..
    "event to be triggered. On return, fflags contains the users defined flags in the lower 24 bits."},
  {"timed", "If the time limit expires, then kevent() returns 0."},
  {"no_events", "If nevents is zero, kevent() will return immediately even if there is a timeout specified."},
  {"timer", "EVFILT_TIMER: data specifies the timeout period in milliseconds. On return, data contains the number of times the " ..
    "timeout has expired."},
  {"limited", "kevent() returns the number of events placed in the eventlist, up to the value given by nevents."},
  {"polled", "kqueue() creates a new kernel event queue and returns a descriptor, which poll(2) finds readable while there are " ..
    "events."},
  {"nested", "EVFILT_READ: Takes a descriptor as the identifier, and returns whenever there is data available to read: for kqueues, " ..
    "when there is at least one event."},
  {"urgent", "EVFILT_EXCEPT: can be used to monitor the arrival of out-of-band data on a socket descriptor using NOTE_OOB."},
}

local function has_kqueue()
  return os.execute("printf '#include <sys/event.h>\\n' | cc -E -x c - >/dev/null 2>&1") == true
end

local function new()
  if not select.kqueue then fixture.lacking("no kqueue") end
  return fixture.keep(select.kqueue())
end

-- A queue that watches one of two sockets, and both.
local function watching(flags)
  local queue = new()
  local a, b = fixture.pair()
  assert.same({}, queue:control({select.kevent(a, select.KQ_FILTER_READ, select.KQ_EV_ADD | (flags or 0))}, 0))
  return queue, a, b
end

describe("a kqueue object", function()
  it("tells what is ready", function()
    local queue, a, b = watching()
    b:send("xyz")
    local events = queue:control(nil, 8, 10)
    assert.equal(1, #events)
    assert.equal(a:fileno(), events[1].ident)
    assert.equal(select.KQ_FILTER_READ, events[1].filter)
    assert.equal(3, events[1].data)
  end)

  it("makes changes and waits in one call", function()
    local queue = new()
    local a, b = fixture.pair()
    b:send("x")
    local events = queue:control({
      select.kevent(a),
      select.kevent{ident = b, filter = select.KQ_FILTER_WRITE, udata = -5},
    }, 8)
    table.sort(events, function(x, y) return x.udata < y.udata end)
    assert.equal(2, #events)
    assert.same({b:fileno(), -5}, {events[1].ident, events[1].udata})
    assert.same({a:fileno(), 0}, {events[2].ident, events[2].udata})
  end)

  it("tells an edge once with KQ_EV_CLEAR, and again for what is new", function()
    local queue, _, b = watching(new() and select.KQ_EV_CLEAR)
    b:send("x")
    assert.equal(1, #queue:control(nil, 8, 10))
    assert.same({}, queue:control(nil, 8, 0))
    b:send("y")
    assert.equal(2, queue:control(nil, 8, 10)[1].data)
  end)

  it("tells of an end by KQ_EV_EOF", function()
    local queue, _, b = watching()
    b:close()
    assert.not_equal(0, queue:control(nil, 8, 10)[1].flags & select.KQ_EV_EOF)
  end)

  it("returns no more than it is asked for", function()
    local queue = new()
    local a, b = fixture.pair()
    queue:control({select.kevent(a, select.KQ_FILTER_WRITE), select.kevent(b, select.KQ_FILTER_WRITE)}, 0)
    assert.equal(1, #queue:control(nil, 1))
  end)

  it("gives up when time is up, and not before", function()
    local queue = watching()
    local began = fixture.monotonic()
    assert.same({}, queue:control(nil, 8, 0.02))
    assert.is_true(fixture.monotonic() - began >= 0.02)
  end)

  it("raises the error of a change", function()
    local queue, a = watching()
    local err = fixture.raises(socket.OSError, queue.control, queue, {select.kevent(9999)}, 0)
    assert.same({"EBADF", "kevent"}, {err.name, err.call})
    local gone = select.kevent(a, select.KQ_FILTER_WRITE, select.KQ_EV_DELETE)
    fixture.raises(socket.FileNotFoundError, queue.control, queue, {gone}, 0)
  end)

  it("makes its changes once where it waits in a task, and lets others run", function()
    local queue = new()
    local a, b = fixture.pair()
    local ticks, events = 0, nil
    local once = select.kevent(a, select.KQ_FILTER_READ, select.KQ_EV_ADD | select.KQ_EV_ONESHOT)
    loop.run(function()
      local t = loop.spawn(function() events = queue:control({once}, 8, 10) end)
      for _ = 1, 3 do
        loop.sleep(0.001)
        ticks = ticks + 1
      end
      b:send("x")
      t:join()
    end)
    assert.equal(3, ticks)
    assert.equal(1, #events)
    assert.same({}, queue:control(nil, 8, 0))
  end)

  it("closes once, by <close> and by the collector too", function()
    local queue = new()
    assert.is_false(queue.closed)
    queue:close()
    queue:close()
    assert.is_true(queue.closed)
    fixture.refuses("calling 'control' on bad self (I/O operation on closed kqueue object)", queue.control, queue, nil, 1)
    fixture.refuses("closed kqueue", queue.fileno, queue)
    local before = fixture.settled_descriptors()
    do local _ <close> = select.kqueue() end
    select.kqueue()
    assert.same(before, fixture.settled_descriptors())
  end)

  it("is closed in a forked process, and closes nothing there", function()
    local queue = new()
    local forked = fixture.forking()
    local number = queue:fileno()
    assert.is_true(forked(function()
      assert.is_true(queue.closed)
      local s = socket.dup(0)
      queue:close()
      fixture.refuses("closed kqueue", queue.control, queue, nil, 1)
      socket.close(s)
    end))
    assert.equal(number, queue:fileno())
  end)

  it("may be of a descriptor that is there", function()
    local _ = new()
    local a, b = fixture.pair()
    local fd = core.kqueue_open()
    local queue <close> = select.kqueue.fromfd(fd)
    assert.equal(fd, queue:fileno())
    b:send("x")
    assert.equal(1, #queue:control({select.kevent(a)}, 1, 10))
    fixture.refuses("bad argument #1 to 'fromfd' (fd must be", select.kqueue.fromfd, -1)
  end)

  it("refuses other arguments", function()
    local queue = new()
    fixture.refuses("bad argument #2 to 'control' (max_events", queue.control, queue, nil, -1)
    fixture.refuses("bad argument #3 to 'control' (timeout must be non-negative", queue.control, queue, nil, 1, -1)
    fixture.refuses("changelist must be a sequence", queue.control, queue, 3, 1)
    fixture.refuses("changelist[1] must be a kevent, got {}", queue.control, queue, {{}}, 1)
    fixture.refuses("calling 'fileno' on bad self (kqueue expected, got table)", queue.fileno, {})
  end)
end)

describe("a kevent", function()
  it("has the fields of Python, and their defaults", function()
    local _ = new()
    local event = select.kevent(7)
    assert.same({7, select.KQ_FILTER_READ, select.KQ_EV_ADD, 0, 0, 0},
      {event.ident, event.filter, event.flags, event.fflags, event.data, event.udata})
    event.data = 3
    assert.matches("^kevent%(ident=7, filter=%-1, flags=1, fflags=0, data=3, udata=0%)$", tostring(event))
  end)

  it("compares by value", function()
    local _ = new()
    assert.is_true(select.kevent(7) == select.kevent{ident = 7})
    assert.is_false(select.kevent(7) == select.kevent(8))
    assert.is_false(select.kevent(7) == {})
  end)

  it("refuses what is no descriptor and no integer", function()
    local _ = new()
    fixture.refuses("bad argument #1 to 'kevent' (ident must be", select.kevent, "x")
    fixture.refuses("bad argument #2 to 'kevent' (filter must be an integer", select.kevent, 1, "x")
  end)
end)

describe("a kqueue", function()
  local program

  setup(function()
    if not fixture.has_command("cc") then return end
    program = os.tmpname()
    local stand_in = has_kqueue() and "" or "-Itorture/kqueue torture/kqueue/kqueue.c -Wl,--wrap=close"
    fixture.compiled("spec/roles/kqueue.c", {path = program, flags = "-Wall -Wextra -Werror " .. stand_in})
  end)

  teardown(function()
    if program then os.remove(program) end
  end)

  before_each(function()
    fixture.need_command("cc")
  end)

  for _, row in ipairs(PAGE) do
    it(row[2], function()
      local child = fixture.command({program, row[1]})
      assert.equal("", child:rest())
      assert.equal(0, child:wait())
    end)
  end
end)
