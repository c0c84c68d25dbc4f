/* SPDX-License-Identifier: MIT */
/* A family without a codec: {family, bytes} */
#include <stddef.h>
#include <string.h>

#include "codec.h"

#define DATA_AT offsetof(struct sockaddr, sa_data)

static const char *const fields[] = {"family", "data", NULL};

static int unknown_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  size_t len;
  ps_address_table(L, arg, &ps_codec_unknown, 2, 2);
  a->any.sa_family = (sa_family_t)ps_address_integer(L, arg, &ps_codec_unknown, 1, 0, (sa_family_t)-1);
  if (ps_address_element(L, arg, &ps_codec_unknown, 2) != LUA_TSTRING)
    ps_arg_error(L, arg, "data must be a string, got %s", luaL_typename(L, -1));
  const char *data = lua_tolstring(L, -1, &len);
  if (len > sizeof a->storage - DATA_AT)
    ps_arg_error(L, arg, "data too long, got %I bytes of at most %I", (lua_Integer)len,
                 (lua_Integer)(sizeof a->storage - DATA_AT));
  memcpy(a->bytes + DATA_AT, data, len);
  a->len = (socklen_t)(DATA_AT + len);
  return 1;
}

static int unknown_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  size_t len = a->len < sizeof a->storage ? a->len : sizeof a->storage;
  lua_pushinteger(L, a->any.sa_family);
  lua_pushlstring(L, a->bytes + DATA_AT, len > DATA_AT ? len - DATA_AT : 0);
  return 2;
}

const Codec ps_codec_unknown = {-1,     PS_ANY_PROTO,  "this family's", sizeof(struct sockaddr_storage),
                                fields, unknown_check, unknown_push};
