-- What busted asks of term (LuaTerm), for a Lua without it.
return {isatty = function() return false end}
