-- Runs the spec files that it is given.

require "busted.runner"({standalone = false})
