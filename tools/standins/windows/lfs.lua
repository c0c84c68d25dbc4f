-- The functions of lfs (LuaFileSystem) that busted and Penlight call, for a Lua without lfs on Windows. They know whether a file or
-- folder exists, and no more.

local lfs = {}

function lfs.attributes(path, name)
  local file = io.open(path, "rb")
  if file then file:close() end
  -- a folder cannot be opened; to rename anything to what it is called succeeds where it is there
  if not file and not os.rename(path, path) then return nil, path .. ": No such file or directory", 2 end
  local found = {mode = file and "file" or "directory"}
  if type(name) == "string" then return found[name] end
  return found
end

lfs.symlinkattributes = lfs.attributes

function lfs.dir() return function() end end

function lfs.currentdir() return "." end

function lfs.chdir() return true end

return lfs
