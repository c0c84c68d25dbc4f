-- The keys of the objects registered with a selector, and the read-only map of them.

local core = require "pysocket.core"

local PLACES <const> = { fileobj = 1, fd = 2, events = 3, data = 4 }

--- The registration of an object: a sequence `{fileobj, fd, events, data}`, also readable by these
-- names. Keys compare by value and cannot be changed.
-- @class SelectorKey
-- @tfield any fileobj the object given to `register`
-- @tfield integer fd its descriptor
-- @tfield integer events `EVENT_READ`, `EVENT_WRITE` or both
-- @tfield any data the data given to `register`
-- @see Python's selectors.SelectorKey
local SelectorKey = core.class("SelectorKey")

local function new(fileobj, fd, events, data)
  return setmetatable({ fileobj, fd, events, data }, SelectorKey)
end

setmetatable(SelectorKey, {
  __call = function(_, ...) return new(...) end,
})

function SelectorKey:__index(name)
  return rawget(self, PLACES[name])
end

function SelectorKey.__newindex(_, name)
  error(("a SelectorKey does not change: '%s'"):format(tostring(name)), 2)
end

function SelectorKey:__eq(other)
  if not core.isinstance(other, SelectorKey) then return false end
  for i = 1, 4 do
    if rawget(self, i) ~= rawget(other, i) then return false end
  end
  return true
end

function SelectorKey:__tostring()
  local text = "SelectorKey(fileobj=%s, fd=%s, events=%s, data=%s)"
  return text:format(tostring(self[1]), tostring(self[2]), tostring(self[3]), tostring(self[4]))
end

-- Returns the descriptor of an object, also of a registered object that was closed.
local function find(selector, fileobj)
  local fd = core.filedescriptor(fileobj)
  if fd then return fd end
  for registered, key in pairs(selector.keys) do
    if rawequal(key[1], fileobj) then return registered end
  end
end

-- The read-only keys of a selector, by object or descriptor; `pairs` iterates over descriptors.
local Map = core.class("selectors.map")

local selector_of = setmetatable({}, { __mode = "k" }) -- by map, whose fields belong to the user

function Map:__index(fileobj)
  local selector = selector_of[self]
  local fd = find(selector, fileobj)
  return fd and selector.keys[fd]
end

function Map.__newindex()
  error("the map of a selector is read-only", 2)
end

function Map:__len()
  return selector_of[self].count
end

function Map:__pairs()
  return next, selector_of[self].keys
end

local function map(selector)
  local m = setmetatable({}, Map)
  selector_of[m] = selector
  return m
end

return { SelectorKey = SelectorKey, new = new, find = find, map = map }
