std = "lua54"
max_line_length = 100
self = false
files["spec"] = {std = "+busted"}
ignore = {"581"} -- not (a >= b) is not a < b where NaN comes in
files["examples/host/chat.lua"] = {globals = {"kept"}}
