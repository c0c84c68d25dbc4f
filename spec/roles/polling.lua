-- polling HOW [LIBRARY]: prints "ready", then waits by HOW for what never comes: for ever, or for
-- half a second where LIBRARY makes signals rain. Prints the seconds it took.

local how, library = ...
local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

local a, b = socket.socketpair()
local limit = library and 0.5

local ways = {
  select = function() select.select({a}, {}, {}, limit) end,
  poll = function()
    local poll = select.poll()
    poll:register(a, select.POLLIN)
    poll:poll(limit and limit * 1000)
  end,
  epoll = function()
    local epoll <close> = select.epoll()
    epoll:register(a, select.EPOLLIN)
    epoll:poll(limit)
  end,
  kqueue = function()
    local queue <close> = select.kqueue()
    queue:control({select.kevent(a)}, 1, limit)
  end,
  selector = function()
    local selector <close> = selectors.DefaultSelector()
    selector:register(a, selectors.EVENT_READ)
    selector:select(limit)
  end,
}

if library then assert(package.loadlib(library, "*")) end
print("ready")
io.stdout:flush()
local start = socket.monotonic()
ways[how]()
print(socket.monotonic() - start, b)
