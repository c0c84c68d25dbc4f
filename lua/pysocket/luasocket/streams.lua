-- LuaSocket's sinks and sources: functions that take, or give, the pieces of a stream, for `ltn12`.
-- They answer to `getfd` and `dirty`, so that `select` takes them.

local streams = { BLOCKSIZE = 2048, sinkt = {}, sourcet = {} }

-- An object that is called like `step`, and selected like `conn`.
local function stream(conn, step)
  return setmetatable({
    getfd = function()
      return conn:getfd()
    end,
    dirty = function()
      return conn:dirty()
    end,
  }, { __call = step })
end

--- A function that makes one of the things in a table: of the name that is its first argument, or,
-- where that is no text, the one called `"default"`.
-- @function choose
-- @tparam table makers functions by name
-- @treturn function
function streams.choose(makers)
  return function(name, first, second)
    if type(name) ~= "string" then
      name, first, second = "default", name, first
    end
    local make = makers[name or "nil"]
    if not make then error(("unknown key (%s)"):format(name), 3) end
    return make(first, second)
  end
end

-- Sends each piece; at the end does what is to be done then.
local function sink(conn, finish)
  return stream(conn, function(_, piece, err)
    if piece then return conn:send(piece) end
    return finish(conn, err)
  end)
end

streams.sinkt["close-when-done"] = function(conn)
  return sink(conn, function()
    conn:close()
    return 1
  end)
end

streams.sinkt["keep-open"] = function(conn)
  return sink(conn, function()
    return 1
  end)
end

streams.sinkt.default = streams.sinkt["keep-open"]

streams.sourcet["by-length"] = function(conn, length)
  return stream(conn, function()
    if length <= 0 then return nil end
    local piece, err = conn:receive(math.min(streams.BLOCKSIZE, length))
    if err then return nil, err end
    length = length - #piece
    return piece
  end)
end

streams.sourcet["until-closed"] = function(conn)
  local done
  return stream(conn, function()
    if done then return nil end
    local piece, err, partial = conn:receive(streams.BLOCKSIZE)
    if not err then return piece end
    if err ~= "closed" then return nil, err end
    conn:close()
    done = true
    return partial ~= "" and partial or nil
  end)
end

streams.sourcet.default = streams.sourcet["until-closed"]

--- A sink that sends to an object: `"keep-open"`, which is the default, or `"close-when-done"`.
-- @function sink
-- @tparam[opt] string mode
-- @tparam conn object
-- @treturn function
streams.sink = streams.choose(streams.sinkt)

--- A source that receives from an object: `"until-closed"`, which is the default, or
-- `"by-length"`.
-- @function source
-- @tparam[opt] string mode
-- @tparam conn object
-- @tparam[opt] integer length of `"by-length"`
-- @treturn function
streams.source = streams.choose(streams.sourcet)

return streams
