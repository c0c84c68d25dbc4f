-- For luarocks. Its builtin build runs no generators: rocks/ holds what our build makes of the lists
-- in src/, kept up to date by './dev rock'. The lists below are those of meson.build; a spec compares.

local release = "scm" -- or the version in meson.build: ./dev rock writes that rockspec into rocks/
local revision = "1"

local sources = {
  "module", "world", "caller", "arguments", "options", "describe", "class", "error", "errno",
  "protect", "constants", "socket", "attribute", "create", "mode", "operation", "scheduler", "stand_in",
  "closing", "closed",
  "pause", "hooks", "loop/timers", "loop/watch", "loop/wake", "loop/object", "loop/task", "loop/wait",
  "loop/turn", "loop/place", "loop/failure", "loop/park", "loop/scope", "loop/generator", "loop/sleep", "loop/run",
  "loop/waker", "loop/loop",
  "trace", "transfer", "source", "buffer", "stream", "text", "numeral", "find", "receiving", "formats",
  "reading", "writing", "connect", "message", "batch", "ancillary", "sendfile", "relay", "option", "share",
  "address", "address/element", "address/inet", "address/inet6", "address/unix", "address/unknown",
  "address/netlink", "address/packet", "address/can", "address/tipc", "address/bluetooth",
  "address/vsock", "address/alg", "address/qipcrtr", "address/system", "address/hyperv", "tuple", "lookup",
  "resolve", "host", "job", "resolver", "netdb", "interface", "convert", "bytes", "descriptor", "epoll", "kqueue",
  "poller", "luasocket/object", "luasocket/class", "luasocket/connect", "luasocket/receive", "luasocket/send",
  "luasocket/datagram",
  "luasocket/option", "luasocket/select", "luasocket/secure", "capi",
  "shared", "system/linger", "system/hostent", "system/no_splice", "system/no_set", "system/posix", "system/send",
  "system/epoll", "system/kqueue", "system/poll",
}

local layer = {
  "init", "arguments", "cleanup", "connection", "enums", "fds", "file", "file/stream", "keys", "kqueue", "loop",
  "loop/condition", "loop/event", "loop/group", "loop/held", "loop/line", "loop/lock", "loop/park",
  "loop/queue", "loop/semaphore", "loop/serve", "luasocket", "luasocket/context", "luasocket/names",
  "luasocket/native", "luasocket/ssl", "luasocket/streams", "luasocket/try", "names", "relay",
  "schedulers/cqueues", "schedulers/interest",
  "schedulers/luv", "select", "selectors", "sendfile", "server", "ssl", "ssl/enums", "ssl/pem",
}

for i = 1, #sources do sources[i] = "src/" .. sources[i] .. ".c" end

local modules = {
  ["pysocket.core"] = {
    sources = sources,
    incdirs = {"src", "rocks"},
    defines = {"_GNU_SOURCE"},
    libraries = {"pthread", "m"},
  },
}
for i = 1, #layer do
  local module = layer[i] == "init" and "pysocket" or "pysocket." .. layer[i]:gsub("/", ".")
  modules[module] = "lua/pysocket/" .. layer[i] .. ".lua"
end

rockspec_format = "3.0"
package = "pysocket"
version = release .. "-" .. revision

source = {
  url = "git+file://.", -- made in the source tree: luarocks make
}
if release ~= "scm" then
  source = {
    url = "https://pysocket.example/archive/v" .. release .. ".tar.gz",
    dir = "pysocket-" .. release,
  }
end

description = {
  summary = "Python's socket interface for Lua",
  detailed = [[
    The names, arguments and semantics of Python's socket module on real sockets of the operating
    system: TCP, UDP, UNIX and other families, IPv6, timeouts, name resolution, files on sockets,
    selectors, and a scheduler in whose coroutines code in the blocking style runs side by side.]],
  license = "MIT",
  labels = {"network", "sockets", "async"},
}

supported_platforms = {"unix"}

dependencies = {
  "lua >= 5.4, < 5.6", -- luarocks knows series alone: pysocket.h refuses 5.4.0 to 5.4.2, without lua_closeslot
}

build = {
  type = "builtin",
  modules = modules,
  copy_directories = {"types"},
}
