-- high HOW: waits by HOW for a socket whose descriptor is 5000 or more, where a process may have
-- as many. Prints the number, then "ready" if it is the one that is ready.

local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"
local tasks = require "spec.tasks"

local a, b = socket.socketpair()
local copies = {}
repeat copies[#copies + 1] = a:dup() until copies[#copies]:fileno() >= 5000
local high = copies[#copies]

local function by(selector)
  selector:register(high, selectors.EVENT_READ)
  b:send("x")
  return selector:select(10)[1][1].fileobj
end

local ways = {
  select = function()
    b:send("x")
    return select.select({high}, {}, {}, 10)[1]
  end,
  waiting = function() -- in a task, while another one sends
    local ready
    local scheduler = tasks.scheduler(function() end)
    scheduler:spawn(function() ready = select.select({high}, {}, {}, 10)[1] end)
    scheduler:spawn(function() b:send("x") end)
    scheduler:run()
    return ready
  end,
  poll = function()
    local poll = select.poll()
    poll:register(high, select.POLLIN)
    b:send("x")
    return poll:poll(10000)[1][1] == high:fileno() and high
  end,
  epoll = function()
    local epoll <close> = select.epoll()
    epoll:register(high, select.EPOLLIN)
    b:send("x")
    return epoll:poll(10)[1][1] == high:fileno() and high
  end,
  kqueue = function()
    local queue <close> = select.kqueue()
    b:send("x")
    return queue:control({select.kevent(high)}, 1, 10)[1].ident == high:fileno() and high
  end,
  SelectSelector = function() return by(selectors.SelectSelector()) end,
  PollSelector = function() return by(selectors.PollSelector()) end,
  EpollSelector = function() return by(selectors.EpollSelector()) end,
  KqueueSelector = function() return by(selectors.KqueueSelector()) end,
}

print(high:fileno())
print(ways[...]() == high and "ready")
