/* SPDX-License-Identifier: MIT */
/* AF_QIPCRTR: {node, port} */
#include "codec.h"

#ifdef PS_QIPCRTR

static const char *const fields[] = {"node", "port", NULL};

static int qipcrtr_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_qrtr *sq = (struct sockaddr_qrtr *)&a->any;
  ps_address_table(L, arg, &ps_codec_qipcrtr, 2, 2);
  sq->sq_node = ps_address_u32(L, arg, &ps_codec_qipcrtr, 1);
  sq->sq_port = ps_address_u32(L, arg, &ps_codec_qipcrtr, 2);
  return 1;
}

static int qipcrtr_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_qrtr sq;
  ps_address_copy(a, &sq, sizeof sq);
  lua_pushinteger(L, sq.sq_node);
  lua_pushinteger(L, sq.sq_port);
  return 2;
}

const Codec ps_codec_qipcrtr = {AF_QIPCRTR, PS_ANY_PROTO,  "AF_QIPCRTR", sizeof(struct sockaddr_qrtr),
                                fields,     qipcrtr_check, qipcrtr_push};

#endif
