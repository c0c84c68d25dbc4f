-- The functions of lfs (LuaFileSystem) that busted and Penlight call, for a Lua without lfs.

local KINDS <const> = {["regular file"] = "file", ["regular empty file"] = "file", directory = "directory"}

local lfs = {}

local function quoted(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

local function lines(command)
  local output <close> = assert(io.popen(command .. " 2>/dev/null"))
  local list = {}
  for line in output:lines() do list[#list + 1] = line end
  return list
end

local function attributes(follow, path, name)
  local text = lines(("stat %s -c '%%F;%%s;%%Y' %s"):format(follow, quoted(path)))[1]
  if not text then return nil, path .. ": No such file or directory", 2 end
  local kind, size, time = text:match("^(.*);(%d+);(%d+)$")
  local found = {mode = KINDS[kind] or "other", size = tonumber(size), modification = tonumber(time)}
  if type(name) == "string" then return found[name] end
  return found
end

function lfs.attributes(path, name) return attributes("-L", path, name) end

function lfs.symlinkattributes(path, name) return attributes("", path, name) end

function lfs.dir(path)
  local list, i = lines("ls -a " .. quoted(path)), 0
  return function()
    i = i + 1
    return list[i]
  end
end

function lfs.currentdir() return lines("pwd")[1] end

-- To where we are: elsewhere Lua cannot go.
function lfs.chdir(path)
  if path == "." or path == "./" or path == lfs.currentdir() then return true end
  return nil, "cannot change to " .. path
end

return lfs
