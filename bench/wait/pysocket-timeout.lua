assert(loadfile("bench/wait/pysocket.lua"))("timeout")
