-- LuaSocket's exceptions: `try` raises them, and `protect` returns them as results and lets all
-- other errors pass.

local try = {}

-- The raised exceptions; the element 1 of each is the failure.
local raised <const> = setmetatable({}, { __mode = "k" })

local OPAQUE <const> = { __metatable = false }

local function finish(ok, ...)
  if ok then return ... end
  local err = ...
  if raised[err] then return nil, err[1] end
  error(err, 0)
end

--- Returns a function that calls `f`. If a `try` in `f` fails, the function returns nil and the
-- failure.
-- @function protect
-- @tparam function f
-- @treturn function
function try.protect(f)
  return function(...)
    return finish(pcall(f, ...))
  end
end

--- Returns a function `try`. It returns its arguments if the first is true; otherwise it calls the
-- finalizer and raises the second argument as an exception for `protect`.
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
