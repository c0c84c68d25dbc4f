-- LuaSocket's sinks and sources for `ltn12`: functions that send or receive the pieces of a stream.
-- They have the methods `getfd` and `dirty`, so that `select` accepts them.

local streams = { BLOCKSIZE = 2048, sinkt = {}, sourcet = {} }

-- Creates an object that calls `step` when it is called, and that `select` accepts in place of
-- `conn`.
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

--- Returns a function that calls one of several makers: the one named by its first argument, or, if
-- that is not a string, the maker `"default"`.
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

-- Returns a sink that sends each piece, and calls `finish` at the end.
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

--- Returns a sink that sends to an object.
-- @function sink
-- @tparam[opt] string mode `"keep-open"`, the default, or `"close-when-done"`
-- @tparam conn object
-- @treturn function
streams.sink = streams.choose(streams.sinkt)

--- Returns a source that receives from an object.
-- @function source
-- @tparam[opt] string mode `"until-closed"`, the default, or `"by-length"`
-- @tparam conn object
-- @tparam[opt] integer length the number of bytes, for `"by-length"`
-- @treturn function
streams.source = streams.choose(streams.sourcet)

return streams
