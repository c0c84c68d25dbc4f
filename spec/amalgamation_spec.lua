-- The library as one C file, compiled by nothing but a C compiler and Lua's headers, in programs.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local socket = require "pysocket"

local folder -- with pysocket.c and pysocket.h

-- Runs a shell command in the folder of the sources, not under our sanitizer and without a limit of time; its output.
local function sh(line)
  local command = ("unset LD_PRELOAD; FOLDER=%s; %s"):format(folder, line)
  local output <close> = assert(io.popen(("{ %s; } 2>%s/errors; echo $?"):format(command, folder)))
  local text, status = output:read("a"):match("^(.-)(%d+)\n$")
  if status ~= "0" then
    local f <close> = assert(io.open(folder .. "/errors"))
    error(line .. "\n" .. f:read("a"), 2)
  end
  return text
end

local function compile(object, options)
  local line = "cc -std=gnu11 -c -Wall -Wextra %s -Werror %s %s -o $FOLDER/%s $FOLDER/pysocket.c"
  -- musl has some lengths in the types of POSIX, which are smaller than the size_t of other headers
  sh(line:format(fixture.GLIBC and "-Wconversion" or "", options, fixture.lua_flags("--cflags"), object))
end

local function link(program, source, object, libraries)
  local line = "cc -Wl,-E -I$FOLDER %s -o $FOLDER/%s %s $FOLDER/%s %s %s -lpthread -lm -ldl"
  sh(line:format(fixture.lua_flags("--cflags"), program, source, object, libraries, fixture.lua_flags("--libs")))
end

describe("the amalgamation", function()
  lazy_setup(function()
    if not fixture.has_command("cc") then return end
    folder = os.tmpname()
    os.remove(folder)
    local core = assert(package.searchpath("pysocket.core", package.cpath))
    assert(os.execute("mkdir " .. folder))
    sh(("%s tools/amalgamation.lua %s $FOLDER"):format(fixture.interpreter, core:match("^(.*)/")))
    compile("pysocket.o", "")
  end)

  lazy_teardown(function()
    if folder then os.execute("rm -rf " .. fixture.quote(folder)) end
    certificates.remove()
  end)

  before_each(function()
    fixture.need_command("cc")
  end)

  it("is one pair of files, of which the header is the library's", function()
    assert.equal("pysocket.c\npysocket.h\npysocket.o\n", sh("cd $FOLDER && ls pysocket.*"))
    assert.equal("", sh("cmp $FOLDER/pysocket.h src/pysocket.h"))
  end)

  it("makes of a host's C file a program with sockets and tasks, without a file at run time", function()
    link("host", "examples/cmake/host.c", "pysocket.o", "")
    assert.equal("hello from a task\n", sh("cd / && env -i \"$FOLDER/host\""))
  end)

  it("behaves as the archive does in a state with few libraries", function()
    link("embedded", "spec/roles/embedded.c", "pysocket.o", "")
    assert.equal("hello\nfalse\ta failure\nglobals set: 0\n", sh("$FOLDER/embedded bare"))
    assert.equal((socket._VERSION .. "\n"):rep(3), sh("$FOLDER/embedded version"))
  end)

  it("has no other names than the archive's to clash with a host's", function()
    fixture.need_command("nm")
    local ours = "^pysocket_\\|^luaopen_pysocket\\|^ps_\\|^sys_"
    local compilers = "^__x86[.]get_pc_thunk[.]" -- on i386
    assert.equal("", sh(("nm -g --defined-only $FOLDER/pysocket.o | awk '{print $3}' | grep -v '%s\\|%s' || :"):format(
      ours, compilers
    )))
  end)

  it("contains TLS, too, where the program asks for it", function()
    local present = fixture.command({"sh", "-c", ("{ echo '#include <openssl/ssl.h>'; echo 'int main(void) { return 0; }'; } |"
      .. "cc -x c -o %s/linked - -lssl -lcrypto >/dev/null 2>&1"):format(folder)})
    if present:wait() ~= 0 then fixture.lacking("there is no OpenSSL for this compiler") end
    compile("both.o", "-DPYSOCKET_SSL")
    link("tls_host", "spec/roles/tls_host.c", "both.o", "-lssl -lcrypto")
    local pem = folder .. "/all.pem"
    sh(("cat %s %s %s >%s"):format(certificates.file("localhost.pem"), certificates.file("localhost.key"),
      certificates.file("authority.pem"), pem))
    assert.equal("hello over TLSv1.3\n", sh("CERTIFICATE=" .. pem .. " $FOLDER/tls_host"))
  end)
end)
