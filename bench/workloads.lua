-- What is measured. Each workload is a folder with a file for each contender; 'role' is what the other
-- end does (peer.c), 'count' the operations of one round, 'size' the connections, where there are many.
-- "floor" is a binding that checks nothing and keeps no timeout (floor.c), "plain" is plain C.
-- What is subtracted is a run without operations: what a contender takes to start and to connect, with
-- 'least_size' connections where that is given.

local MANY <const> = { "plain", "floor", "pysocket", "luv", "cqueues", "copas", "python-asyncio" }
local ALL <const> = { "plain", "floor", "pysocket", "luasocket", "luv", "cqueues", "python" }

return {
  {
    name = "echo",
    title = "request and response, TCP, 64 bytes",
    role = "echo",
    count = 60000,
    contenders = ALL,
  },
  {
    name = "timeout",
    title = "the same under a timeout",
    role = "echo",
    count = 60000,
    contenders = { "plain", "pysocket", "luasocket", "cqueues", "python" },
  },
  {
    name = "udp",
    title = "request and response, UDP, 64 bytes",
    role = "echo_datagrams",
    count = 60000,
    contenders = ALL,
  },
  {
    name = "receive",
    title = "receive a stream, 64 KiB strings",
    role = "source",
    count = 12000,
    contenders = ALL,
  },
  {
    name = "receive_into",
    title = "receive a stream into a bytearray",
    role = "source",
    count = 12000,
    contenders = { "plain", "floor", "pysocket", "python" },
  },
  {
    name = "send",
    title = "send a stream, 64 KiB strings",
    role = "sink",
    count = 12000,
    contenders = ALL,
  },
  {
    name = "lines",
    title = "lines of 40 bytes",
    role = "lines",
    count = 1000000,
    contenders = ALL,
  },
  {
    name = "miss",
    title = "non-blocking recv that finds nothing",
    role = "silent",
    count = 200000,
    contenders = { "plain", "floor", "pysocket", "protect", "luasocket", "luv", "cqueues", "python" },
  },
  {
    name = "connect",
    title = "connect and close",
    role = "acceptor",
    count = 5000,
    contenders = ALL,
  },
  {
    name = "accept",
    title = "accept and close",
    role = "connector",
    count = 5000,
    contenders = ALL,
  },
  {
    name = "tasks",
    title = "1 000 connections, tasks",
    role = "clients",
    count = 50000,
    size = 1000,
    contenders = MANY,
  },
  {
    name = "tasks5000",
    folder = "tasks",
    title = "5 000 connections, tasks",
    role = "clients",
    count = 50000,
    size = 5000,
    contenders = { "plain", "floor", "pysocket", "luv", "cqueues", "python-asyncio" },
  },
  {
    name = "idle",
    folder = "tasks",
    title = "1 000 connections, 10 of them busy",
    role = "few_clients",
    count = 30000,
    size = 1000,
    contenders = MANY,
  },
  {
    name = "adapters",
    folder = "tasks",
    title = "100 connections, tasks in the loops of others",
    role = "clients",
    count = 30000,
    size = 100,
    contenders = { "plain", "pysocket", "pysocket-luv", "pysocket-cqueues", "luv", "cqueues" },
  },
  {
    name = "require",
    title = "load the library",
    role = "nobody",
    count = 1,
    size = 100,
    per_start = true,
    contenders = { "pysocket", "luasocket", "luv", "cqueues", "copas", "python" },
  },
  {
    name = "memory",
    title = "memory of an idle connection",
    role = "keep",
    count = 8000,
    memory = true,
    contenders = { "pysocket", "luasocket", "luv", "cqueues", "python" },
  },
  {
    name = "memory_task",
    folder = "tasks",
    title = "memory of a connection with its waiting task",
    role = "idle_clients",
    count = 0,
    size = 4000,
    least_size = 1,
    memory = true,
    contenders = { "floor", "pysocket", "luv", "cqueues", "python-asyncio" },
  },
}
