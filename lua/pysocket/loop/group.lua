-- Structured concurrency: tasks that end before the block that started them.

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"
local park = require "pysocket.loop.park"

local CancelledError <const> = park.CancelledError
local join <const> = park.joiner("group")

--- Tasks that belong to a block: `local g <close> = loop.group()`. The end of the block waits until
-- all of its tasks have ended. The first failure of a task cancels the other tasks and the block,
-- and the end of the block raises the failure (an ExceptionGroup if several tasks failed). An error
-- or a cancel of the block cancels the tasks, too.
-- @class group
-- @value group Group the class of groups
local Group = core.class("pysocket.loop.group")

-- The membership of a task; created before the task, so that a failure of the task needs no memory.
local Member = core.class("pysocket.loop.member")

local function enlist(group)
  local member = {
    group = group,
    task = false,
    before = group.last,
    next = false,
    done = false, -- its function has returned
    err = false, -- the error of its task
    later = false, -- the next failure
  }
  if group.last then group.last.next = member else group.first = member end
  group.last = member
  group.count = group.count + 1
  return setmetatable(member, Member)
end

local function unlink(member)
  local group, before, after = member.group, member.before, member.next
  if before then before.next = after else group.first = after end
  if after then after.before = before else group.last = before end
  group.count = group.count - 1
  member.group = false
end

local function has_ended(t)
  local status = t:status()
  return status == "done" or status == "failed" or status == "cancelled"
end

-- Returns whether a task that has not ended is a member of the group.
local function has(group, t)
  local member = group.first
  while member and member.task ~= t do member = member.next end
  return member and true or false
end

local function cancel_others(group)
  group.cancelled = true
  local this, member = park.current(), group.first
  while member do
    local after = member.next
    if member.task and member.task ~= this then member.task:cancel() end
    member = after
  end
end

-- Adds a failure of a member or of the block; the end of the block raises all of them.
local function fail(group, failure, err)
  failure.err = err
  if group.last_failure then group.last_failure.later = failure else group.failure = failure end
  group.last_failure = failure
end

-- Called when a member's task ends. If there is no memory for one of the calls here, the member
-- stays in the list, and the loop interrupts the block. The same applies to a failure with nil,
-- which looks here like the end of the task by the loop's `close`.
function Member:__close(err)
  local group = self.group
  if not group or err == nil and not self.done then return end
  if group.onlack and err == park.NO_MEMORY then return end -- the parent is told by the loop
  if err ~= nil and not core.isinstance(err, CancelledError) then
    fail(group, self, err)
    if not group.cancelled then cancel_others(group) end
    if not group.leaving and not group.interrupted then
      group.interrupted = true
      park.interrupt(group.scope)
    end
  end
  if self.task then park.adopt(self.task) end -- the loop need not cancel the parent any more
  unlink(self)
end

-- Removes a member whose task has ended and that is still in the list: the task was cancelled
-- before it began, had no memory for its begin or end, or failed with nil.
local function settle(group, member)
  if not member.group or not member.task or not has_ended(member.task) then return end
  local lack
  if member.task:status() == "failed" and not member.err then
    local _, err = pcall(join, member.task)
    group.interrupted = true -- by the loop
    if group.onlack and err == park.NO_MEMORY then lack = err else fail(group, member, err) end
  end
  unlink(member)
  if lack then group.onlack(lack) end
end

local function sweep(group)
  local member = group.first
  while member do
    local after = member.next
    settle(group, member)
    member = after
  end
  group.crowd = math.max(2 * group.count, 16)
end

-- Returns whether an error that interrupted the block is the cancel for the group's own failures.
local function is_own(group, err)
  return core.isinstance(err, CancelledError) and park.withdraw(group.scope)
end

-- Returns whether that is the cancel for tasks that had no memory, in a group with `onlack`: no
-- failure is known, then.
local function is_lack(group, err)
  sweep(group)
  return not group.failure and is_own(group, err)
end

local function done(member, ...)
  member.done = true
  return ...
end

-- Enters a task into its member. `spawn` does so, unless an error of a debug hook ends it before.
local function introduce(member)
  member.task = park.current()
  if not member.group or member.group.cancelled then member.task:cancel() end
end

local function run(member, f, ...)
  local _ <close> = member
  if not member.task then introduce(member) end
  return done(member, f(...))
end

-- Waits until a task has ended. `call` is pcall or park.shielded. Returns the error that
-- interrupted the wait, or nil.
local function await(call, t)
  local ok, err = call(join, t)
  if ok then return nil end
  if not has_ended(t) then return err end -- raises an error without memory, which ends the wait
  local _, own = pcall(join, t)
  return not rawequal(err, own) and err or nil
end

-- Lets a task begin that `spawn` has not entered into its member; returns the error that
-- interrupted the wait, or nil. A task that has not entered itself then had no memory to begin.
local function await_begin(group, member)
  local ok, err = park.shielded(group.loop.sleep, group.loop, 0)
  if not ok then return err end
  if member.group and not member.task then unlink(member) end
end

-- Waits until the task of a member has ended; returns the error that interrupted the wait, or nil.
local function await_end(group, member)
  if not member.task then return await_begin(group, member) end
  return await(group.cancelled and park.shielded or pcall, member.task)
end

-- Waits until all members have ended, whatever interrupts the wait; returns the first error that
-- did. Once the members are cancelled, no deadline applies: they have to end even after it.
local function wait_for_all(group)
  local interrupt
  while group.first do
    local member = group.first
    local err = await_end(group, member)
    settle(group, member)
    if err ~= nil and not is_lack(group, err) then
      if not park.is_interrupt(err) then error(err, 0) end -- the task cannot wait
      if not is_own(group, err) then interrupt = interrupt or err end
      cancel_others(group)
    end
  end
  return interrupt
end

local function is_known(group, err)
  local failure = group.failure
  while failure do
    if rawequal(failure.err, err) then return true end
    failure = failure.later
  end
  return false
end

local function raise_failures(first)
  if not first.later then
    if first.task then park.inherit(first.task) end
    error(first.err, 0)
  end
  local errors = {}
  while first do
    errors[#errors + 1] = first.err == nil and "nil" or first.err
    first = first.later
  end
  core.raise("ExceptionGroup", { strerror = "tasks of a group failed", exceptions = errors })
end

-- If there is no other error to raise, the block's own error continues after the return.
function Group:__close(err)
  arguments.self("__close", self, Group, "group")
  self.leaving = true
  if err ~= nil then
    local failed = not core.isinstance(err, CancelledError) and not is_known(self, err)
    if failed then fail(self, self.block, err) end
    cancel_others(self)
  end
  if park.current() ~= self.parent then return cancel_others(self) end -- the loop is closed
  local cancelled = core.isinstance(err, CancelledError) and not is_own(self, err)
  park.withdraw(self.scope)
  local interrupt = wait_for_all(self)
  park.leave(self.scope)
  self.closed = true
  local first = self.failure
  if first and (cancelled or core.isinstance(interrupt, CancelledError)) then park.recancel() end
  local known = err ~= nil and first and not first.later and rawequal(first.err, err)
  if first and not known then raise_failures(first) end
  if err == nil and interrupt then error(interrupt, 0) end
end

--- Starts a function as a task of the group. In a cancelled group, the task is cancelled, too.
-- @function group:spawn
-- @tparam async f
-- @param ... its arguments
-- @treturn task
-- @raise an error after the end of the block
function Group:spawn(f, ...)
  arguments.self("spawn", self, Group, "group")
  arguments.callable(1, "spawn", f)
  if self.closed then error("the group is closed", 2) end
  if self.count >= self.crowd then sweep(self) end
  local member = enlist(self)
  local ok, t = pcall(self.loop.spawn, self.loop, run, member, f, ...)
  if not ok then
    unlink(member)
    error(t, 0)
  end
  member.task = t
  park.adopt(t, self.scope)
  if self.cancelled then t:cancel() end
  return t
end

--- Cancels all tasks of the group. The block continues.
-- @function group:cancel
function Group:cancel()
  arguments.self("cancel", self, Group, "group")
  local this = park.current()
  cancel_others(self)
  if this and has(self, this) then this:cancel() end
end

function Group:__tostring()
  arguments.self("tostring", self, Group, "group")
  return ("<group of %d tasks>"):format(self.count)
end

--- Creates a group for a block of the running task.
-- @function loop.group
-- @treturn group
-- @raise an error outside of a task
-- @usage local g <close> = loop.group()
-- for _, url in ipairs(urls) do g:spawn(fetch, url) end -- all are fetched when the block is left
-- @see Python's asyncio.TaskGroup
local function new()
  return setmetatable({
    parent = park.current() or park.outside("'group'", 2),
    loop = park.loop(),
    scope = park.enter(), -- by which a failure interrupts the block
    first = false, -- the list of the members that have not ended
    last = false,
    count = 0,
    crowd = 16, -- the number of members that starts a sweep
    failure = false, -- the list of failures to raise
    last_failure = false,
    block = { task = false, err = false, later = false }, -- a failure of the block
    cancelled = false,
    interrupted = false, -- the block was cancelled, because a member failed
    leaving = false,
    closed = false,
    -- called with the error of a task that had no memory; false: the error is a failure as others
    onlack = false,
  }, Group)
end

local function compete(group, race, f)
  local results = table.pack(f())
  if race.results then return end
  race.results = results
  cancel_others(group)
end

local function decide(...)
  local race = { results = false }
  do
    local group <close> = new()
    for i = 1, select("#", ...) do group:spawn(compete, group, race, (select(i, ...))) end
  end
  if not race.results then park.current():cancel() end -- each function cancelled itself
  return table.unpack(race.results, 1, race.results.n)
end

--- Runs functions as tasks until the first of them returns, and cancels the others. A failure ends
-- the race, too.
-- @function loop.first
-- @async
-- @tparam async ... functions without arguments
-- @treturn any... the results of the first function that returned
-- @raise the error of a function that failed before one returned, or whose cleanup after the cancel
-- failed; an ExceptionGroup if several functions failed; an error outside of a task
local function first(...)
  local count = select("#", ...)
  for i = 1, math.max(count, 1) do arguments.callable(i, "first", (select(i, ...))) end
  if not park.current() then park.outside("'first'", 2) end
  return cleanup.closing(decide, ...)
end

return { await = await, first = first, has = has, is_lack = is_lack, new = new, Group = Group }
