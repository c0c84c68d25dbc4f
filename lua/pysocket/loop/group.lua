-- Structured concurrency: tasks that do not outlive the block which started them.

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"
local park = require "pysocket.loop.park"

local CancelledError <const> = park.CancelledError
local join <const> = park.joiner("group")

--- Tasks that belong to a block: `local g <close> = loop.group()`. Leaving the block waits until
-- all of them have ended. The first failure of a task cancels the other tasks and interrupts the
-- block; leaving the block raises the failure, or an ExceptionGroup where several tasks failed.
-- Where the block itself raises, or its own task is cancelled, the tasks are cancelled, too.
-- @class group
-- @value group Group the class of groups
local Group = core.class("pysocket.loop.group")

-- A task's place in its group; made before the task, so that its failure takes no memory.
local Member = core.class("pysocket.loop.member")

local function enlist(group)
  local member = {
    group = group,
    task = false,
    before = group.last,
    next = false,
    err = false, -- what its task failed with
    later = false, -- the failure after this one
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

-- Lets go of members that were cancelled before they began.
local function sweep(group)
  local member = group.first
  while member do
    local after = member.next
    if member.task and has_ended(member.task) then unlink(member) end
    member = after
  end
  group.crowd = math.max(2 * group.count, 16)
end

-- Is a task that has not ended one of the group's?
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

-- Adds a failure, of a member or of the block, to those that leaving raises.
local function fail(group, failure, err)
  failure.err = err
  if group.last_failure then group.last_failure.later = failure else group.failure = failure end
  group.last_failure = failure
end

-- A member's task is about to end.
function Member:__close(err)
  local group = self.group
  if not group then return end
  unlink(self)
  if err == nil then return end
  if core.isinstance(err, CancelledError) then return end
  fail(group, self, err)
  if not group.cancelled then cancel_others(group) end
  if group.leaving or group.interrupted then return end
  group.interrupted = true
  group.parent:cancel()
end

local function run(member, f, ...)
  local _ <close> = member
  return f(...)
end

-- Waits until a task has ended, by a call of pcall or park.shielded; the error that interrupted the
-- wait, if one did.
local function await(call, t)
  local ok, err = call(join, t)
  if ok then return nil end
  local _, own = pcall(has_ended(t) and join or has_ended, t)
  return not rawequal(err, own) and err or nil
end

-- Waits until all members have ended, whatever interrupts the wait; the first error that did. When
-- they are cancelled already no deadline counts: they have to end also when it is over.
local function wait_for_all(group)
  local interrupt
  while group.first do
    local member = group.first
    local err = await(group.cancelled and park.shielded or pcall, member.task)
    if member.group and has_ended(member.task) then unlink(member) end
    if err ~= nil then
      if not park.is_interrupt(err) then error(err, 0) end -- it cannot wait
      interrupt = interrupt or err
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
    errors[#errors + 1] = first.err
    first = first.later
  end
  core.raise("ExceptionGroup", { strerror = "tasks of a group failed", exceptions = errors })
end

-- The cancel with which a failure interrupts the block may not have been raised yet.
local function withdraw_cancel(group)
  park.shielded(group.loop.sleep, group.loop, 0)
end

-- The block's error, where there is no other one to raise, goes on by itself.
function Group:__close(err)
  arguments.self("__close", self, Group, "group")
  self.leaving = true
  if err ~= nil then
    local failed = not core.isinstance(err, CancelledError) and not is_known(self, err)
    if failed then fail(self, self.block, err) end
    cancel_others(self)
  end
  if park.current() ~= self.parent then return cancel_others(self) end -- the loop is closed
  if self.interrupted then withdraw_cancel(self) end
  local interrupt = wait_for_all(self)
  self.closed = true
  local first = self.failure
  local known = err ~= nil and first and not first.later and rawequal(first.err, err)
  if first and not known then raise_failures(first) end
  if err == nil and interrupt then error(interrupt, 0) end
end

--- Starts a function as a task of the group. In a group that was cancelled the task is, too.
-- @function group:spawn
-- @tparam async f
-- @param ... its arguments
-- @treturn task which may be joined and cancelled as others
-- @raise an error where the block was left
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
  park.adopt(t)
  if self.cancelled then t:cancel() end
  return t
end

--- Cancels all tasks of the group. The block goes on.
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

--- A new group for a block of the running task.
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
    first = false, -- the members that have not ended
    last = false,
    count = 0,
    crowd = 16, -- with so many members, it is time to sweep
    failure = false, -- the first of those that leaving raises
    last_failure = false,
    block = { task = false, err = false, later = false }, -- the block's failure
    cancelled = false,
    interrupted = false, -- the block was, since a member failed
    leaving = false,
    closed = false,
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
  if not race.results then park.current():cancel() end -- as each of the functions did itself
  return table.unpack(race.results, 1, race.results.n)
end

--- Runs functions side by side, each as a task, until the first of them returns; the others are
-- cancelled. One that fails before ends the race, too.
-- @function loop.first
-- @async
-- @tparam async ... functions without arguments
-- @treturn any... what the first one returned
-- @raise what the first one raised, if it failed; an error outside of a task
local function first(...)
  local count = select("#", ...)
  for i = 1, math.max(count, 1) do arguments.callable(i, "first", (select(i, ...))) end
  if not park.current() then park.outside("'first'", 2) end
  return cleanup.closing(decide, ...)
end

return { await = await, first = first, has = has, new = new, Group = Group }
