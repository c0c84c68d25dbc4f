-- What LuaSocket's receive answers on a stream: `a` sends, `b` receives.

return {
  -- receive: lines
  { "a line", function(e) e.a:send("one\ntwo\n") return e.b:receive(), e.b:receive() end, [["one" "two" nil nil]] },
  { "a line by its pattern", function(e) e.a:send("one\n") return e.b:receive("*l") end, [["one" nil nil]] },
  { "no line by Lua's pattern", function(e)
    e.a:send("one\n")
    return e.b:receive("l")
  end, [[error: bad argument #1 to 'receive' (invalid receive pattern)]] },
  { "a line by a longer pattern", function(e) e.a:send("one\n") return e.b:receive("*line") end, [["one" nil nil]] },
  { "a line loses its \\r", function(e) e.a:send("one\r\n") return e.b:receive() end, [["one" nil nil]] },
  { "a line loses each \\r", function(e) e.a:send("\ro\rn\r\re\r\n") return e.b:receive() end, [["one" nil nil]] },
  { "an empty line", function(e) e.a:send("\n\r\n") return e.b:receive(), e.b:receive() end, [["" "" nil nil]] },
  { "a line keeps \\0", function(e) e.a:send("a\0b\n") return e.b:receive() end, [["a\0b" nil nil]] },
  { "a line in two pieces", function(e)
    e.a:send("on")
    e.b:settimeout(0)
    local _, _, part = e.b:receive()
    e.a:send("e\n")
    e:arrived(e.b)
    return e.b:receive("*l", part)
  end, [["one" nil nil]] },
  { "a line that is not whole", function(e)
    e.a:send("on")
    e.b:settimeout(0.01)
    return e.b:receive()
  end, [[nil "timeout" "on"]] },
  { "a part of a line loses \\r too", function(e)
    e.a:send("o\rn\r")
    e.b:settimeout(0.01)
    return e.b:receive()
  end, [[nil "timeout" "on"]] },
  { "a part that was given out is gone", function(e)
    e.a:send("on")
    e.b:settimeout(0.01)
    e.b:receive()
    return e.b:receive()
  end, [[nil "timeout" ""]] },
  { "a prefix of a part", function(e)
    e.a:send("on")
    e.b:settimeout(0.01)
    return e.b:receive("*l", "pre")
  end, [[nil "timeout" "preon"]] },
  { "a prefix of a line", function(e) e.a:send("one\n") return e.b:receive("*l", "pre-") end, [["pre-one" nil nil]] },
  { "a prefix keeps its \\r", function(e) e.a:send("one\n") return e.b:receive("*l", "a\r\n") end, [["a\r\none" nil nil]] },
  { "a prefix that is a number", function(e) e.a:send("one\n") return e.b:receive("*l", 12) end, [["12one" nil nil]] },
  { "a prefix that is a table", function(e)
    return e.b:receive("*l", {})
  end, [[error: bad argument #2 to 'receive' (string expected, got table)]] },
  { "a line before the end", function(e) e.a:send("on") e.a:close() return e.b:receive() end, [[nil "closed" "on"]] },
  { "a line at the end", function(e) e.a:close() return e.b:receive() end, [[nil "closed" ""]] },
  { "a line of 100000", function(e) e.a:send(("x"):rep(100000) .. "\n") return #e.b:receive() end, [[100000]] },
  { "many lines", function(e)
    e.a:send(("line\n"):rep(3000))
    local n = 0
    for _ = 1, 3000 do n = n + #e.b:receive() end
    return n
  end, [[12000]] },

  -- receive: bytes
  { "n bytes", function(e) e.a:send("hello") return e.b:receive(3), e.b:receive(2) end, [["hel" "lo" nil nil]] },
  { "n as text", function(e) e.a:send("hello") return e.b:receive("3") end, [["hel" nil nil]] },
  { "n as float", function(e) e.a:send("hello") return e.b:receive(3.0) end, [["hel" nil nil]] },
  { "n with a fraction", function(e) e.a:send("hello") return e.b:receive(3.7) end, [["hel" nil nil]] },
  { "n that are not there", function(e)
    e.a:send("hel")
    e.b:settimeout(0.01)
    return e.b:receive(5)
  end, [[nil "timeout" "hel"]] },
  { "n before the end", function(e) e.a:send("hel") e.a:close() return e.b:receive(5) end, [[nil "closed" "hel"]] },
  { "n at the end", function(e) e.a:close() return e.b:receive(5) end, [[nil "closed" ""]] },
  { "n keep \\r", function(e) e.a:send("a\r\n") return e.b:receive(3) end, [["a\r\n" nil nil]] },
  { "n with a prefix that counts", function(e) e.a:send("llo") return e.b:receive(5, "he") end, [["hello" nil nil]] },
  { "n with a prefix that is enough", function(e) return e.b:receive(3, "hello") end, [["hello" nil nil]] },
  { "n with a prefix of that length", function(e) return e.b:receive(5, "hello") end, [["hello" nil nil]] },
  { "n with a prefix, not there", function(e) e.b:settimeout(0) return e.b:receive(9, "hello") end, [[nil "timeout" "hello"]] },
  { "0 bytes wait for one", function(e) e.b:settimeout(0) return e.b:receive(0) end, [[nil "timeout" ""]] },
  { "0 bytes of some", function(e) e.a:send("x") return e.b:receive(0), e.b:receive(1) end, [["" "x" nil nil]] },
  { "0 bytes at the end", function(e) e.a:close() return e.b:receive(0) end, [[nil "closed" ""]] },
  { "0 bytes with a prefix", function(e) return e.b:receive(0, "x") end, [["x" nil nil]] },
  { "fewer than none", function(e)
    return e.b:receive(-1)
  end, [[error: bad argument #1 to 'receive' (invalid receive pattern)]] },
  { "1000000 bytes", function(e) return e:pump(1000000) end, [[true]] },

  -- receive: all
  { "all", function(e) e.a:send("a\r\nb") e.a:close() return e.b:receive("*a") end, [["a\r\nb" nil nil]] },
  { "not all by Lua's pattern", function(e)
    e.a:send("ab")
    e.a:close()
    return e.b:receive("a")
  end, [[error: bad argument #1 to 'receive' (invalid receive pattern)]] },
  { "all of nothing", function(e) e.a:close() return e.b:receive("*a") end, [[nil "closed" ""]] },
  { "all with a prefix", function(e) e.a:send("ab") e.a:close() return e.b:receive("*a", "pre") end, [["preab" nil nil]] },
  { "all of nothing with a prefix", function(e) e.a:close() return e.b:receive("*a", "pre") end, [[nil "closed" "pre"]] },
  { "all that is not all", function(e)
    e.a:send("ab")
    e.b:settimeout(0.01)
    return e.b:receive("*a")
  end, [[nil "timeout" "ab"]] },
  { "all twice", function(e)
    e.a:send("ab")
    e.a:close()
    return e.b:receive("*a"), e.b:receive("*a")
  end, [["ab" nil "closed" ""]] },
  { "an unknown pattern", function(e)
    return e.b:receive("*x")
  end, [[error: bad argument #1 to 'receive' (invalid receive pattern)]] },
  { "an unknown pattern of one letter", function(e)
    return e.b:receive("x")
  end, [[error: bad argument #1 to 'receive' (invalid receive pattern)]] },
  { "a pattern for numbers", function(e)
    return e.b:receive("*n")
  end, [[error: bad argument #1 to 'receive' (invalid receive pattern)]] },
  { "a pattern that keeps the end of line", function(e)
    return e.b:receive("*L")
  end, [[error: bad argument #1 to 'receive' (invalid receive pattern)]] },
  { "a pattern that is a table", function(e)
    return e.b:receive({})
  end, [[error: bad argument #1 to 'receive' (string expected, got table)]] },
  { "a pattern that is true", function(e)
    return e.b:receive(true)
  end, [[error: bad argument #1 to 'receive' (string expected, got boolean)]] },
  { "a pattern of nil is a line", function(e) e.a:send("one\n") return e.b:receive(nil) end, [["one" nil nil]] },
  { "mixed patterns", function(e)
    e.a:send("line\n12345rest")
    e.a:close()
    return e.b:receive(), e.b:receive(5), e.b:receive("*a")
  end, [["line" "12345" "rest" nil nil]] },
  { "the peer resets", function(e)
    e.a:send("x")
    e.b:setoption("linger", { on = true, timeout = 0 })
    e.b:close()
    e:settle()
    return e.a:receive()
  end, [[nil "closed" ""]] },
}
