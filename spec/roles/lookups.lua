-- lookups CASE [LIBRARY]: many lookups at the same time, where spec/roles/dns.lua answers. Prints what the
-- spec compares.

local case, library = ...
local loop = require "pysocket.loop"
local select = require "pysocket.select"
local socket = require "pysocket"

local SAME <const> = 4 -- threads that one question takes at most, where they do not keep up with it

local function look_up(name, timeout)
  return socket.getaddrinfo(name, 80, {type = socket.SOCK_STREAM, timeout = timeout})[1].sockaddr.host
end

local function entries(path)
  local list <close> = assert(io.popen("ls " .. path))
  local _, count = list:read("a"):gsub("\n", "")
  return count
end

local function threads() return entries("/proc/$PPID/task") end

-- The events of Linux that a process has, by their numbers.
local function events()
  local files <close> = assert(io.popen("cat /proc/$PPID/fdinfo/* 2>/dev/null"))
  local ids = {}
  for id in files:read("a"):gmatch("eventfd%-id: *(%w+)") do ids[#ids + 1] = id end
  return ids
end

-- Lets lookups of names that are never answered wait in tasks of the loop that runs; the tasks.
local function hang(count, name)
  local tasks = {}
  for i = 1, count do tasks[i] = loop.spawn(pcall, look_up, name or ("silent%d.test"):format(i)) end
  return tasks
end

-- Lets lookups of names that hang begin, until no thread is added any more.
local function settled_threads()
  local most = 0
  for _ = 1, 10 do
    loop.sleep(0.1)
    most = math.max(most, threads())
  end
  return most
end

-- The seconds of processor time that a function takes.
local function effort(f, ...)
  local before = os.clock()
  f(...)
  return os.clock() - before
end

-- A scheduler of the plainest kind: every task that waits is told of each event for its descriptor.
local function plain_scheduler()
  local waiting = {}
  local scheduler = {wait = function(_, fd, _, timeout) coroutine.yield(fd, timeout) end}

  local function advance(task)
    local ok, fd, timeout = coroutine.resume(task)
    assert(ok, fd)
    waiting[task] = coroutine.status(task) ~= "dead" and {fd = fd, deadline = socket.monotonic() + (timeout or 60)} or nil
  end

  function scheduler.spawn(f, ...)
    local task = coroutine.create(f)
    local ok, fd, timeout = coroutine.resume(task, ...)
    assert(ok, fd)
    waiting[task] = {fd = fd, deadline = socket.monotonic() + (timeout or 60)}
    return task
  end

  -- Waits until no task is left but those that are never resumed.
  function scheduler.run(never)
    while true do
      local tasks, fds, first, now = {}, {}, math.huge, socket.monotonic()
      for task, wait in pairs(waiting) do
        if not never[task] then
          tasks[#tasks + 1] = task
          fds[#fds + 1] = wait.fd
          first = math.min(first, wait.deadline)
        end
      end
      if #tasks == 0 then return end
      local ready = {}
      for _, fd in ipairs((select.select(fds, {}, {}, math.max(first - now, 0)))) do ready[fd] = true end
      for _, task in ipairs(tasks) do
        local wait = waiting[task]
        if ready[wait.fd] or socket.monotonic() >= wait.deadline then advance(task) end
      end
    end
  end
  return scheduler
end

local cases = {}

-- 400 answers, and a socket can be made all the time.
function cases.many()
  local answered, most = 0, 0
  loop.run(function()
    for i = 1, 400 do
      loop.spawn(function()
        assert(look_up(("live%d.test"):format(i)) == "127.0.0.1")
        answered = answered + 1
      end)
    end
    loop.sleep(0) -- now all have begun
    repeat
      socket.socket():close()
      most = math.max(most, #events())
      loop.sleep(0.001)
    until answered == 400
  end)
  print(answered, most)
end

-- A name that is answered, after so many that are not.
local function overtake(count, name)
  loop.run(function()
    local tasks = hang(count, name)
    loop.sleep(0)
    local host = look_up("live.test")
    for _, task in ipairs(tasks) do assert(task:status() ~= "done", "it waited for those that hang") end
    print(host)
  end)
end

function cases.overtake_eight() overtake(8) end

function cases.overtake_hundred() overtake(100) end

function cases.overtake_one() overtake(300, "silent.test") end

function cases.limits()
  local before = threads()
  socket.setlookuplimits({quick = 2, all = 3})
  loop.run(function()
    hang(20)
    print(settled_threads() - before)
  end)
end

-- Threads for one question, however often it is asked.
function cases.same()
  local before = threads()
  loop.run(function()
    hang(50, "silent.test")
    print(settled_threads() - before)
  end)
end

-- The answer of few threads for all.
function cases.shared()
  local before = threads()
  loop.run(function()
    local tasks, hosts = {}, {}
    for i = 1, 50 do tasks[i] = loop.spawn(look_up, "held.test") end
    loop.sleep(0)
    print(threads() - before <= SAME)
    tasks[1]:cancel()
    look_up("release.test")
    for i = 2, 50 do hosts[tasks[i]:join()] = true end
    print(next(hosts), next(hosts, "127.0.0.1"))
  end)
end

-- A lookup where another's answer lies there and is not taken: by a loop that does not run.
function cases.beside_idle_loop()
  local l = loop.new()
  local task = l:spawn(look_up, "live.test")
  l:step()
  select.select({}, {}, {}, 0.2)
  print(effort(look_up, "slow.test") < 0.1)
  l:run()
  print(task:join())
end

-- ... by a task that is never resumed.
function cases.beside_lost_task()
  local scheduler = plain_scheduler()
  socket.setscheduler(scheduler)
  local lost = scheduler.spawn(look_up, "live.test")
  scheduler.spawn(function() print(look_up("slow.test")) end)
  print(effort(scheduler.run, {[lost] = true}) < 0.1)
  socket.setscheduler(nil)
end

-- Tasks of a scheduler of the plainest kind, of which each takes its own answer.
function cases.plain()
  local scheduler = plain_scheduler()
  local count = 0
  socket.setscheduler(scheduler)
  for i = 1, 50 do
    scheduler.spawn(function()
      assert(look_up(("live%d.test"):format(i)) == "127.0.0.1")
      count = count + 1
    end)
  end
  scheduler.run({})
  socket.setscheduler(nil)
  print(count)
end

-- In tasks of several loops at the same time.
function cases.loops()
  local loops, count = {}, 0
  for i = 1, 4 do
    loops[i] = loop.new()
    for j = 1, 20 do
      loops[i]:spawn(function()
        assert(look_up(("live%d.test"):format(20 * i + j)) == "127.0.0.1")
        count = count + 1
      end)
    end
  end
  while count < 80 do
    for i = 1, 4 do loops[i]:step() end
  end
  print(count)
end

-- Where a lookup was under way when the process was forked: its own answer, and no descriptor of the parent's.
function cases.fork()
  local forked = assert(package.loadlib(library, "forked"))
  local l <close> = loop.new()
  local task = l:spawn(look_up, "second.test")
  l:step()
  local parents = events()[1]
  select.select({}, {}, {}, 0.2) -- by then the name server was asked
  assert(forked(function()
    print((_G.select(2, pcall(task.join, task))))
    local ids = events()
    print(#ids, ids[1] ~= parents)
    io.stdout:flush()
  end))
  task:cancel()
end

-- Without a loop, and without one that was under way.
function cases.fork_after()
  local forked = assert(package.loadlib(library, "forked"))
  look_up("live.test")
  local parents = events()[1]
  assert(forked(function()
    print(look_up("live.test"))
    local ids = events()
    print(#ids, ids[1] ~= parents)
    io.stdout:flush()
  end))
  print(look_up("live.test"))
end

-- What each call says where no descriptor is left, and where one is.
function cases.starved()
  pcall(look_up, "live.test") -- the state has its own by now
  local calls = {
    {socket.getaddrinfo, "live.test", 80},
    {socket.gethostbyname, "live.test"},
    {socket.gethostbyname_ex, "live.test"},
    {socket.gethostbyaddr, "192.0.2.1"},
    {socket.getnameinfo, {"192.0.2.1", 80}, socket.NI_NAMEREQD},
  }
  local fillers = {}
  repeat
    local ok, s = pcall(socket.socket)
    fillers[#fillers + 1] = ok and s or nil
  until not ok
  for _ = 1, 2 do
    for _, call in ipairs(calls) do
      local ok, err = pcall(table.unpack(call))
      print(ok or err.name)
    end
    fillers[1]:close()
  end
end

-- What a scheduler is told when the state goes.
function cases.goodbye()
  look_up("live.test")
  socket.setscheduler({
    wait = function() end,
    tasks = {},
    closing = function() print("closing") end,
  })
  os.exit(true, true)
end

cases[case]()
io.stdout:flush()
os.exit(true) -- at once: some threads still wait for answers
