-- once LIBRARY SCENES: each system call of each scene fails once, with faults.c: with what it fails then is an error of ours, no
-- descriptor is left, and the next run works.

local library, module = ...
local everything = require(module)
local socket = require "pysocket"
local machine = require "spec.machine"

local fault, injected = assert(package.loadlib(library, "fault")), assert(package.loadlib(library, "injected"))

-- What each call may fail with. One that is interrupted is repeated.
local FAILURES <const> = {
  recv = {"EINTR", "ECONNRESET", "EIO"},
  sendto = {"EINTR", "EPIPE", "ENOBUFS"},
  sendmsg = {"EINTR", "EPIPE"},
  poll = {"EINTR", "ENOMEM"},
  epoll_wait = {"EINTR"},
  epoll_ctl = {"ENOMEM"},
  epoll_create1 = {"EMFILE"},
  eventfd = {"EMFILE"},
  socketpair = {"EMFILE"},
  fcntl = {"EINVAL"},
  getsockopt = {"ENOBUFS"},
  getsockname = {"ENOBUFS"},
  close = {"EIO"},
}

local function descriptors()
  collectgarbage()
  collectgarbage()
  return #machine.descriptors()
end

local count = 0

-- Whether the n-th call of the scene has failed.
local function run(name, call, errno, n)
  local before, open = injected(), descriptors()
  fault(call, errno, n, 1)
  local ok, err = pcall(everything.scenes[name])
  fault(call, errno, 0, 0)
  local failed = injected() > before
  local place = ("%s: call %d of %s fails with %s"):format(name, n, call, socket.errno[errno])
  if not ok and not (failed and socket.isinstance(err, socket.OSError)) then error(place .. ": " .. tostring(err), 0) end
  if descriptors() ~= open then error(("%s: %d descriptors were open, now %d"):format(place, open, descriptors()), 0) end
  if failed then everything.scenes[name]() end
  return failed
end

for _, name in ipairs(everything.names) do
  everything.scenes[name]()
  for call, errnos in pairs(FAILURES) do
    for _, errno in ipairs(errnos) do
      local n = 1
      while run(name, call, socket.errno[errno], n) do n = n + 1 end
      count = count + n - 1
    end
  end
end
print(count .. " calls have failed")
everything.finish()
