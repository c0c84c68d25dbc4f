if tonumber(arg[2]) > 0 then require "copas" end
