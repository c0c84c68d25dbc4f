/* SPDX-License-Identifier: MIT */
/* AF_SYSTEM, for SYSPROTO_CONTROL: {id, unit}, or the name of a kernel control, whose unit the kernel chooses */
#include <string.h>

#include "codec.h"

#ifdef PS_SYSTEM

static const char *const fields[] = {"id", "unit", NULL};

static uint32_t find_control(lua_State *L, int arg) {
  uint32_t id;
  const char *name = ps_check_name(L, arg, "AF_SYSTEM address");
  size_t len = strlen(name);
  if (len >= SYS_CONTROL_NAME)
    ps_arg_error(L, arg, "AF_SYSTEM name too long, got %I bytes of at most %I", (lua_Integer)len,
                 (lua_Integer)SYS_CONTROL_NAME - 1);
  if (sys_control_find(name, &id) < 0) ps_error_raise(L, errno, lua_tostring(L, lua_upvalueindex(PS_UP_NAME)), arg);
  return id;
}

static int system_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_ctl *ctl = (struct sockaddr_ctl *)&a->any;
  ctl->ss_sysaddr = AF_SYS_CONTROL;
  if (lua_type(L, arg) == LUA_TSTRING) {
    ctl->sc_id = find_control(L, arg);
    return 1;
  }
  ps_address_table(L, arg, &ps_codec_system, 2, 2);
  ctl->sc_id = ps_address_u32(L, arg, &ps_codec_system, 1);
  ctl->sc_unit = ps_address_u32(L, arg, &ps_codec_system, 2);
  return 1;
}

static int system_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_ctl ctl;
  ps_address_copy(a, &ctl, sizeof ctl);
  lua_pushinteger(L, ctl.sc_id);
  lua_pushinteger(L, ctl.sc_unit);
  return 2;
}

const Codec ps_codec_system = {AF_SYSTEM, SYSPROTO_CONTROL, "AF_SYSTEM", sizeof(struct sockaddr_ctl),
                               fields,    system_check,     system_push};

#endif
