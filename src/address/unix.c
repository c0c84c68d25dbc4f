/* SPDX-License-Identifier: MIT */
/* AF_UNIX: a string, which is a path. On Linux, a string that starts with '\0' is an abstract name, and the empty
   string asks for a name. */
#include <stddef.h>
#include <string.h>

#include "codec.h"

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

static int unix_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  size_t len;
  const char *path = ps_check_buffer(L, arg, "AF_UNIX address", &len);
  size_t file = len > 0 && path[0] != '\0';
#ifndef SYS_ABSTRACT_UNIX
  file = 1;
#endif
  if (file && memchr(path, '\0', len) != NULL) ps_arg_error(L, arg, "AF_UNIX path must not contain null characters");
  if (len + file > sizeof a->un.sun_path) return ps_address_error(L, "AF_UNIX path too long");
  memcpy(a->un.sun_path, path, len);
  a->len = (socklen_t)(PATH_AT + len + file); /* including the zero at the end of a path */
  return 1;
}

/* A path ends at its zero or, since the kernel may fill all of sun_path, at the end of the address. The address of an
   unnamed socket may be as long as others: on systems without abstract names, it is an empty path. */
static int unix_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  size_t len = a->len > PATH_AT ? a->len - PATH_AT : 0;
  if (len > sizeof a->un.sun_path + 1) len = sizeof a->un.sun_path + 1;
  const char *path = a->bytes + PATH_AT;
#ifdef SYS_ABSTRACT_UNIX
  if (len > 0 && path[0] != '\0') len = strnlen(path, len);
#else
  len = strnlen(path, len);
#endif
  lua_pushlstring(L, path, len);
  return 0;
}

const Codec ps_codec_unix = {AF_UNIX, PS_ANY_PROTO, "AF_UNIX", sizeof(struct sockaddr_un), NULL, unix_check, unix_push};
