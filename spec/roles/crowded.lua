-- crowded selector: takes all descriptors, then asks for a selector. Prints the name of the error,
-- and how many descriptors are free after it.
-- crowded poll: takes all descriptors, then waits in a task. Prints "soon" where the scheduler is
-- asked to come back before the time is up; then "ready", since a peer has sent.

local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"
local tasks = require "spec.tasks"

local a, b = socket.socketpair()
local taken = {}

local function take()
  local s = socket.protect(socket.socket)()
  taken[#taken + 1] = s
  return s
end

local ways = {
  selector = function()
    local _, err = pcall(selectors.DefaultSelector)
    print(err.name)
    local before = #taken
    repeat until not take()
    print(#taken - before)
  end,
  poll = function()
    local ready
    local scheduler = tasks.scheduler(function() end)
    function scheduler.wait(_, fd, _, timeout)
      print(not fd and timeout < 1 and "soon")
      b:send("x")
    end
    scheduler:spawn(function() ready = select.select({a}, {}, {}, 10) end)
    scheduler:run()
    print(ready[1] == a and "ready")
  end,
}

repeat until not take()
ways[...]()
