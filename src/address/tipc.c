/* SPDX-License-Identifier: MIT */
/* AF_TIPC: {addr_type, v1, v2, v3[, scope]}. The meaning of v1 to v3 depends on the type: for TIPC_ADDR_NAMESEQ they
   are type, lower and upper; for TIPC_ADDR_NAME type and instance; for TIPC_ADDR_ID node and reference. */
#include "codec.h"

#ifdef PS_TIPC

static const char *const fields[] = {"addr_type", "v1", "v2", "v3", "scope", NULL};

static int tipc_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_tipc *tipc = (struct sockaddr_tipc *)&a->any;
  const Codec *codec = &ps_codec_tipc;
  ps_address_table(L, arg, codec, 4, 5);
  uint32_t type = ps_address_u32(L, arg, codec, 1), v1 = ps_address_u32(L, arg, codec, 2),
           v2 = ps_address_u32(L, arg, codec, 3), v3 = ps_address_u32(L, arg, codec, 4);
  switch (type) {
    case TIPC_ADDR_NAMESEQ:
      tipc->addr.nameseq.type = v1;
      tipc->addr.nameseq.lower = v2;
      tipc->addr.nameseq.upper = v3;
      break;
    case TIPC_ADDR_NAME:
      tipc->addr.name.name.type = v1;
      tipc->addr.name.name.instance = v2;
      break;
    case TIPC_ADDR_ID:
      tipc->addr.id.node = v1;
      tipc->addr.id.ref = v2;
      break;
    default:
      ps_arg_error(L, arg, "invalid address type, got %I", (lua_Integer)type);
  }
  tipc->addrtype = (unsigned char)type;
  tipc->scope = (signed char)ps_address_opt_u32(L, arg, codec, 5, TIPC_CLUSTER_SCOPE);
  return 1;
}

/* Pushes the three values and returns their number; 0 and nothing pushed for an unknown type. */
static int push_values(lua_State *L, const struct sockaddr_tipc *tipc) {
  uint32_t v[3] = {tipc->addr.id.node, tipc->addr.id.ref, 0};
  if (tipc->addrtype == TIPC_ADDR_NAMESEQ) {
    v[0] = tipc->addr.nameseq.type;
    v[1] = tipc->addr.nameseq.lower;
    v[2] = tipc->addr.nameseq.upper;
  } else if (tipc->addrtype == TIPC_ADDR_NAME) {
    v[0] = tipc->addr.name.name.type;
    v[1] = v[2] = tipc->addr.name.name.instance;
  } else if (tipc->addrtype != TIPC_ADDR_ID) return 0;
  for (int i = 0; i < 3; i++) lua_pushinteger(L, v[i]);
  return 3;
}

static int tipc_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_tipc tipc;
  ps_address_copy(a, &tipc, sizeof tipc);
  lua_pushinteger(L, tipc.addrtype);
  if (!push_values(L, &tipc)) {
    lua_pop(L, 1);
    return -1;
  }
  lua_pushinteger(L, tipc.scope);
  return 5;
}

const Codec ps_codec_tipc = {AF_TIPC, PS_ANY_PROTO, "AF_TIPC", sizeof(struct sockaddr_tipc),
                             fields,  tipc_check,   tipc_push};

#endif
