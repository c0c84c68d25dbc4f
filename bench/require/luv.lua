if tonumber(arg[2]) > 0 then require "luv" end
