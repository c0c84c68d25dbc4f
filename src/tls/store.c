/* SPDX-License-Identifier: MIT */
/* The certificates that the system keeps in stores: only Windows does. */
#include "tls.h"

#ifdef SYS_STORES

typedef int (*Next)(sys_Store *store, sys_StoreItem *item);

static void close_store(void *store) { sys_store_close(store); }

/* Adds a value to the sequence at the top. */
static void append(lua_State *L) { lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1); }

/* Pushes true, or the set of the purposes. */
static void push_trust(lua_State *L, const sys_StoreItem *item) {
  if (item->purposes == NULL) {
    lua_pushboolean(L, 1);
    return;
  }
  lua_createtable(L, 0, (int)item->count);
  for (size_t i = 0; i < item->count; i++) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, item->purposes[i]);
  }
}

/* Is the string at the top new to the set at that index? Adds it. */
static int is_new(lua_State *L, int set) {
  lua_pushvalue(L, -1);
  int is = lua_rawget(L, set) == LUA_TNIL;
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_pushboolean(L, 1);
  lua_rawset(L, set);
  return is;
}

/* Returns a sequence of what 'next' gives, each once, in a sequence of its own with the encoding, and perhaps the trust. A
   user's store contains that of the computer. */
static int push_all(lua_State *L, Next next, const char *call, int trust) {
  sys_StoreItem item;
  int found;
  const char *name = ps_check_name(L, 1, "store_name");
  lua_settop(L, 1);
  Owner *owner = ps_tls_owner_push(L, close_store);
  owner->object = sys_store_open(name);
  if (owner->object == NULL) return ps_error_raise(L, errno, "CertOpenStore", 0);
  lua_newtable(L);
  lua_newtable(L);
  int set = 3, list = 4;
  while ((found = next(owner->object, &item)) > 0) {
    lua_pushlstring(L, item.data, item.size);
    if (!is_new(L, set)) {
      lua_settop(L, list);
      continue;
    }
    lua_createtable(L, 3, 0);
    lua_insert(L, -2);
    append(L);
    lua_pushstring(L, item.pkcs7 ? "pkcs_7_asn" : "x509_asn");
    append(L);
    if (trust) {
      push_trust(L, &item);
      append(L);
    }
    append(L);
  }
  if (found < 0) return ps_error_raise(L, errno, call, 0);
  ps_tls_owner_release(owner);
  return 1;
}

/***
Returns the certificates in a store of the system. Windows alone has this function.
@function enum_certificates
@tparam string store_name "ROOT": the authorities that the system trusts; "CA": those between them and other certificates; "MY";
  or another name
@treturn table a sequence of `{certificate, encoding, trust}`: the certificate in DER, "x509_asn" or "pkcs_7_asn", and true if
  the certificate is good for all purposes, or else a table whose keys are the OIDs of its purposes
@raise OSError as CertOpenStore
@see Python's ssl.enum_certificates
*/
static int f_enum_certificates(lua_State *L) {
  return push_all(L, sys_store_next_certificate, "CertGetEnhancedKeyUsage", 1);
}

/***
Returns the lists of revoked certificates in a store of the system. Windows alone has this function.
@function enum_crls
@tparam string store_name as for `enum_certificates`
@treturn table a sequence of `{list, encoding}`: the list in DER, and "x509_asn" or "pkcs_7_asn"
@raise OSError as CertOpenStore
@see Python's ssl.enum_crls
*/
static int f_enum_crls(lua_State *L) { return push_all(L, sys_store_next_list, "CertEnumCRLsInStore", 0); }

static const luaL_Reg functions[] = {
    {"enum_certificates", f_enum_certificates}, {"enum_crls", f_enum_crls}, {NULL, NULL}};

void ps_tls_store_open(lua_State *L) { ps_register(L, TLS_MODULE, functions, 0); }

#endif
