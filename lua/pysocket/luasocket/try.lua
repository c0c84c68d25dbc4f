-- LuaSocket's exceptions: what `try` raises, `protect` makes results of, and passes all else on.

local try = {}

-- The exceptions that are on their way, each a table with the failure as its element 1.
local raised <const> = setmetatable({}, { __mode = "k" })

local OPAQUE <const> = { __metatable = false }

local function finish(ok, ...)
  if ok then return ... end
  local err = ...
  if raised[err] then return nil, err[1] end
  error(err, 0)
end

--- A function that calls `f`, and returns nil and the failure where a `try` in it has one.
-- @function protect
-- @tparam function f
-- @treturn function
function try.protect(f)
  return function(...)
    return finish(pcall(f, ...))
  end
end

--- A function that returns its arguments where the first is true, and else, after a call of the
-- finalizer, raises the second as an exception for `protect`.
-- @function newtry
-- @tparam[opt] function finalizer
-- @treturn function
function try.newtry(finalizer)
  return function(ok, ...)
    if ok then return ok, ... end
    if finalizer then finalizer() end
    local exception = setmetatable({ (...) }, OPAQUE)
    raised[exception] = true
    error(exception, 0)
  end
end

return try
