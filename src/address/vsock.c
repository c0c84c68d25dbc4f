/* SPDX-License-Identifier: MIT */
/* AF_VSOCK: {cid, port} */
#include "codec.h"

#ifdef PS_VSOCK

static const char *const fields[] = {"cid", "port", NULL};

static int vsock_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_vm *vm = (struct sockaddr_vm *)&a->any;
  ps_address_table(L, arg, &ps_codec_vsock, 2, 2);
  vm->svm_cid = ps_address_u32(L, arg, &ps_codec_vsock, 1);
  vm->svm_port = ps_address_u32(L, arg, &ps_codec_vsock, 2);
  return 1;
}

static int vsock_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_vm vm;
  ps_address_copy(a, &vm, sizeof vm);
  lua_pushinteger(L, vm.svm_cid);
  lua_pushinteger(L, vm.svm_port);
  return 2;
}

const Codec ps_codec_vsock = {AF_VSOCK, PS_ANY_PROTO, "AF_VSOCK", sizeof(struct sockaddr_vm),
                              fields,   vsock_check,  vsock_push};

#endif
