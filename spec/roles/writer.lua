-- writer FD TEXT: sends the text through an inherited descriptor of a socket.

local socket = require "pysocket"

local fd, text = ...
socket.socket{fileno = tonumber(fd)}:sendall(text)
