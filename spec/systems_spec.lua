-- The addresses of macOS, FreeBSD, NetBSD and Windows on this one: spec/address_spec.lua with codecs that were compiled for structures as
-- these systems have them, in spec/systems, and with all the rest of the core. Nothing of it goes to the kernel.

local fixture = require "spec.fixture"

local BSD <const> = "-DSYS_SA_LEN -Ispec/systems/bsd" -- an address says how long it is

local SYSTEMS <const> = {
  macos = {
    flags = BSD,
    sources = "spec/systems/macos/control.c",
    names = {AF_SYSTEM = 32, PF_SYSTEM = 32, SYSPROTO_CONTROL = 2},
  },
  freebsd = {
    flags = BSD,
    names = {
      AF_DIVERT = 44, BDADDR_LE_RANDOM = 2, BTPROTO_HCI = 134, BTPROTO_L2CAP = 135, BTPROTO_RFCOMM = 136, BTPROTO_SCO = 137,
      HCI_DATA_DIR = 2, HCI_FILTER = 1, PF_DIVERT = 44, SOL_HCI = 0x802, SOL_L2CAP = 0x1609, SOL_RFCOMM = 0x816, SOL_SCO = 0x209,
      SO_L2CAP_ENCRYPTED = 6, SO_L2CAP_FLUSH = 5, SO_L2CAP_IMTU = 1, SO_L2CAP_OMTU = 2, SO_RFCOMM_FC_INFO = 2, SO_RFCOMM_MTU = 1,
      SO_SCO_CONNINFO = 2, SO_SCO_MTU = 1,
    },
  },
  netbsd = {
    flags = BSD,
    names = {
      BTPROTO_HCI = 1, BTPROTO_L2CAP = 2, BTPROTO_RFCOMM = 3, BTPROTO_SCO = 4, HCI_DATA_DIR = 3, L2CAP_LM_AUTH = 1,
      L2CAP_LM_ENCRYPT = 2, L2CAP_LM_SECURE = 4, RFCOMM_LM_AUTH = 1, RFCOMM_LM_ENCRYPT = 2, RFCOMM_LM_SECURE = 4, SOL_HCI = 1,
      SOL_L2CAP = 2, SOL_RFCOMM = 3, SOL_SCO = 4, SO_HCI_EVT_FILTER = 1, SO_HCI_PKT_FILTER = 2, SO_L2CAP_IMTU = 1,
      SO_L2CAP_LM = 6, SO_L2CAP_OMTU = 2, SO_RFCOMM_LM = 3, SO_RFCOMM_MTU = 1, SO_SCO_HANDLE = 2, SO_SCO_MTU = 1,
    },
  },
  windows = {
    names = {
      AF_HYPERV = 34, BTPROTO_RFCOMM = 3, HVSOCKET_ADDRESS_FLAG_PASSTHRU = 1, HVSOCKET_CONNECTED_SUSPEND = 4,
      HVSOCKET_CONNECT_TIMEOUT = 1, HVSOCKET_CONNECT_TIMEOUT_MAX = 300000, HV_PROTOCOL_RAW = 1, SOL_RFCOMM = 3, SO_BTH_ENCRYPT = 2,
      SO_BTH_MTU = 0x80000007 - (1 << 32), SO_BTH_MTU_MAX = 0x80000008 - (1 << 32), SO_BTH_MTU_MIN = 0x8000000A - (1 << 32),
    },
  },
}

-- The folder of the core that runs us, where the build has put its lists and the archive of the same objects.
local built <const> = assert(package.searchpath("pysocket.core", package.cpath)):match("^(.*)[/\\]")

-- Compiles a core for that system: the folder that Lua finds it in, which is removed at the end.
local function core_of(system)
  fixture.need_glibc("its headers are replaced")
  local archive = io.open(built .. "/libpysocket.a")
  if not archive then fixture.lacking("there is no archive beside the module") end
  archive:close()
  local place = fixture.path()
  fixture.defer(os.execute, "rm -rf " .. fixture.quote(place))
  assert(os.execute("mkdir -p " .. fixture.quote(place .. "/pysocket")))
  fixture.compiled("src/address.c", {
    shared = true,
    path = place .. "/pysocket/core.so",
    flags = table.concat({
      "-Wall -Wextra -Werror -DSYS_BARE", SYSTEMS[system].flags or "", "-Ispec/systems/" .. system, "-I" .. fixture.quote(built),
      fixture.lua_flags("--cflags"), "src/address/*.c src/constants.c", SYSTEMS[system].sources or "",
      fixture.SANITIZED and "-fsanitize=address,undefined" or "",
      "-Wl,-u,luaopen_pysocket_core", fixture.quote(built .. "/libpysocket.a"),
    }, " "),
  })
  return place
end

-- Runs the words in a process of Lua that has this core.
local function run(place, ...)
  local path = fixture.lua_variable("LUA_CPATH")
  local child = fixture.command({
    "env", "-u", "PYSOCKET_TALLY", ("%s=%s/?.so;%s"):format(path, place, package.cpath), preload = true, fixture.interpreter, ...
  })
  local output = child:rest()
  return child:wait(), output .. child:errors()
end

for system, what in pairs(SYSTEMS) do
  describe("a core for " .. system, function()
    it("has its addresses", function()
      if system == "windows" and string.pack("=I2", 1) ~= "\1\0" then fixture.lacking("no Windows has this order of bytes") end
      local place = core_of(system)
      local status, output = run(place, "spec/roles/busted.lua", "spec/address_spec.lua")
      assert.equal(0, status, output)
    end)

    it("has its names, whatever the headers call them", function()
      local names = {"spec/roles/names.lua"}
      for name in pairs(what.names) do names[#names + 1] = name end
      local status, output = run(core_of(system), table.unpack(names))
      assert.equal(0, status, output)
      local found = {}
      for name, value in output:gmatch("(%S+)\t(%S+)\n") do found[name] = math.tointeger(value) end
      assert.same(what.names, found)
    end)
  end)
end
