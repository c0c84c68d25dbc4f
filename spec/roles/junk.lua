-- junk: looks up names whose server answers junk. Prints how many answers and how many errors there were, and what is wrong
-- with any of them.

local socket = require "pysocket"

socket.setdefaulttimeout(0.05)
local answers, errors = 0, 0

local function check(ok, result, ...)
  if ok then
    answers = answers + 1
    for _, value in ipairs({result, ...}) do tostring(value) end
  elseif socket.isinstance(result, socket.error) and #tostring(result) > 0 then
    errors = errors + 1
  else
    print("unclear: " .. tostring(result))
  end
end

for i = 1, 16 do
  local name = ("name%d.test"):format(i)
  check(pcall(socket.getaddrinfo, name, 80))
  check(pcall(socket.gethostbyname_ex, name))
  check(pcall(socket.gethostbyaddr, ("192.0.2.%d"):format(i)))
  check(pcall(socket.getnameinfo, {("198.51.100.%d"):format(i), 80}, 0))
end
print(("%d answers, %d errors"):format(answers, errors))
