std = "lua54"
max_line_length = 100
self = false
files["spec"] = {std = "+busted", max_line_length = 140} -- a case of a table is a line
ignore = {"581"} -- not (a >= b) is not a < b where NaN comes in
files["examples/host/chat.lua"] = {globals = {"kept"}}
files["tools"] = {max_line_length = 140}
files["tools/cover.lua"] = {globals = {"coroutine"}}
files["bench"] = {max_line_length = 140}
files["torture"] = {max_line_length = 140}
