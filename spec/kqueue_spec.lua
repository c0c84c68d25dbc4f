-- kqueue(2): the one of this system, or that of torture/kqueue, over which the specs try our code for it. A sentence of the
-- manual page of FreeBSD and macOS each, and what a program sees of it.

local fixture = require "spec.fixture"

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
  {"urgent", "EVFILT_EXCEPT: can be used to monitor the arrival of out-of-band data on a socket descriptor using NOTE_OOB."},
}

local function has_kqueue()
  return os.execute("printf '#include <sys/event.h>\\n' | cc -E -x c - >/dev/null 2>&1") == true
end

describe("a kqueue", function()
  local program

  setup(function()
    program = os.tmpname()
    local stand_in = has_kqueue() and "" or "-Itorture/kqueue torture/kqueue/kqueue.c -Wl,--wrap=close"
    fixture.compiled("spec/roles/kqueue.c", {path = program, flags = "-Wall -Wextra -Werror " .. stand_in})
  end)

  teardown(function() os.remove(program) end)

  for _, row in ipairs(PAGE) do
    it(row[2], function()
      local child = fixture.command({program, row[1]})
      assert.equal("", child:rest())
      assert.equal(0, child:wait())
    end)
  end
end)
