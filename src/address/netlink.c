/* SPDX-License-Identifier: MIT */
/* AF_NETLINK: {pid, groups} */
#include "codec.h"

#ifdef PS_NETLINK

static const char *const fields[] = {"pid", "groups", NULL};

static int netlink_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_nl *nl = (struct sockaddr_nl *)&a->any;
  ps_address_table(L, arg, &ps_codec_netlink, 2, 2);
  nl->nl_pid = ps_address_u32(L, arg, &ps_codec_netlink, 1);
  nl->nl_groups = ps_address_u32(L, arg, &ps_codec_netlink, 2);
  return 1;
}

static int netlink_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_nl nl;
  ps_address_copy(a, &nl, sizeof nl);
  lua_pushinteger(L, nl.nl_pid);
  lua_pushinteger(L, nl.nl_groups);
  return 2;
}

const Codec ps_codec_netlink = {AF_NETLINK, PS_ANY_PROTO,  "AF_NETLINK", sizeof(struct sockaddr_nl),
                                fields,     netlink_check, netlink_push};

#endif
