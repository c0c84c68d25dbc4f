/* SPDX-License-Identifier: MIT */
/* AF_ALG: {type, name[, feat[, mask]]}, an algorithm of the kernel */
#include <string.h>

#include "codec.h"

#ifdef PS_ALG

static const char *const fields[] = {"type", "name", "feat", "mask", NULL};

/* Copies element 'i' into a field that ends with a zero. */
static void check_name(lua_State *L, int arg, int i, void *to, size_t size) {
  const char *text = ps_address_text(L, arg, &ps_codec_alg, i);
  size_t len = strlen(text);
  if (len >= size)
    ps_arg_error(L, arg, "AF_ALG %s too long, got %I bytes of at most %I", fields[i - 1], (lua_Integer)len,
                 (lua_Integer)size - 1);
  memcpy(to, text, len);
}

static int alg_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_alg *alg = (struct sockaddr_alg *)&a->any;
  ps_address_table(L, arg, &ps_codec_alg, 2, 4);
  check_name(L, arg, 1, alg->salg_type, sizeof alg->salg_type);
  check_name(L, arg, 2, alg->salg_name, sizeof alg->salg_name);
  alg->salg_feat = ps_address_opt_u32(L, arg, &ps_codec_alg, 3, 0);
  alg->salg_mask = ps_address_opt_u32(L, arg, &ps_codec_alg, 4, 0);
  return 1;
}

static int alg_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_alg alg;
  ps_address_copy(a, &alg, sizeof alg);
  const char *type = (const char *)alg.salg_type, *name = (const char *)alg.salg_name;
  lua_pushlstring(L, type, strnlen(type, sizeof alg.salg_type));
  lua_pushlstring(L, name, strnlen(name, sizeof alg.salg_name));
  lua_pushinteger(L, alg.salg_feat);
  lua_pushinteger(L, alg.salg_mask);
  return 4;
}

const Codec ps_codec_alg = {AF_ALG, PS_ANY_PROTO, "AF_ALG", sizeof(struct sockaddr_alg), fields, alg_check, alg_push};

#endif
