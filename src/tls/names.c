/* SPDX-License-Identifier: MIT */
/* The names in a certificate as LuaSec returns them: the names of its subject and issuer, and the alternative names. */
#include <openssl/x509v3.h>

#include "tls.h"

static void free_names(void *names) { GENERAL_NAMES_free(names); }
static void free_text(void *text) { OPENSSL_free(text); }

/* pushes the text as UTF-8, or its bytes unchanged */
static void push_text(lua_State *L, const ASN1_STRING *text, int encode) {
  Owner *owner = ps_tls_owner_push(L, free_text);
  unsigned char *utf8 = NULL;
  int length = encode ? ASN1_STRING_to_UTF8(&utf8, text) : -1;
  owner->object = utf8;
  if (length >= 0) lua_pushlstring(L, (const char *)utf8, (size_t)length);
  else lua_pushlstring(L, (const char *)ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
  ps_tls_owner_release(owner);
  lua_remove(L, -2);
}

static void push_object(lua_State *L, const ASN1_OBJECT *object, int numeric) {
  char text[256];
  OBJ_obj2txt(text, sizeof text, object, numeric);
  lua_pushstring(L, text);
}

int ps_tls_name_push(lua_State *L, const X509_NAME *name, int utf8) {
  lua_newtable(L);
  for (int i = 0; i < X509_NAME_entry_count(name); i++) {
    const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
    lua_createtable(L, 0, 3);
    push_object(L, X509_NAME_ENTRY_get_object(entry), 1);
    lua_setfield(L, -2, "oid");
    push_object(L, X509_NAME_ENTRY_get_object(entry), 0);
    lua_setfield(L, -2, "name");
    push_text(L, X509_NAME_ENTRY_get_data(entry), utf8);
    lua_setfield(L, -2, "value");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* Appends the value at the top to a sequence in that field of the table at 'index', and creates the sequence if
   necessary. */
static void append(lua_State *L, int index, const char *field) {
  if (lua_getfield(L, index, field) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, index, field);
  }
  lua_insert(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

/* a name of another type: {name = TYPE, value, ...} in a field named by the type's number */
static void append_other(lua_State *L, int index, const OTHERNAME *other, int utf8) {
  int type = other->value->type;
  if (type < 1 || type == V_ASN1_OBJECT || type == V_ASN1_BOOLEAN || type == V_ASN1_NULL) return; /* it has no text */
  push_object(L, other->type_id, 1);
  push_text(L, other->value->value.asn1_string, utf8);
  append(L, index, lua_tostring(L, -2));
  lua_getfield(L, index, lua_tostring(L, -1));
  push_object(L, other->type_id, 0);
  lua_setfield(L, -2, "name");
  lua_pop(L, 2);
}

static void append_general(lua_State *L, int index, const GENERAL_NAME *name, int utf8) {
  char text[INET6_ADDRSTRLEN] = "";
  switch (name->type) {
    case GEN_OTHERNAME:
      append_other(L, index, name->d.otherName, utf8);
      break;
    case GEN_DNS:
      push_text(L, name->d.dNSName, utf8);
      append(L, index, "dNSName");
      break;
    case GEN_EMAIL:
      push_text(L, name->d.rfc822Name, utf8);
      append(L, index, "rfc822Name");
      break;
    case GEN_URI:
      push_text(L, name->d.uniformResourceIdentifier, utf8);
      append(L, index, "uniformResourceIdentifier");
      break;
    case GEN_IPADD:
      sys_inet_ntop(ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6,
                    ASN1_STRING_get0_data(name->d.iPAddress), text, sizeof text);
      lua_pushstring(L, text);
      append(L, index, "iPAddress");
      break;
    case GEN_DIRNAME:
      ps_tls_name_push(L, name->d.directoryName, utf8);
      append(L, index, "directoryName");
      break;
    case GEN_RID:
      push_object(L, name->d.registeredID, 1);
      append(L, index, "registeredID");
      break;
    default:
      break;
  }
}

int ps_tls_alternatives_push(lua_State *L, X509 *x, int utf8) {
  luaL_checkstack(L, 20, NULL);
  lua_settop(L, 1);
  lua_newtable(L);
  Owner *owner = ps_tls_owner_push(L, free_names);
  const GENERAL_NAMES *names = owner->object = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
  if (names != NULL) {
    lua_newtable(L);
    lua_pushstring(L, OBJ_nid2ln(NID_subject_alt_name));
    lua_setfield(L, -2, "name");
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
      const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
      int address = name->type == GEN_IPADD ? ASN1_STRING_length(name->d.iPAddress) : 4;
      if (address == 4 || address == 16) append_general(L, 4, name, utf8);
    }
    lua_setfield(L, 2, "2.5.29.17");
  }
  ps_tls_owner_release(owner);
  lua_settop(L, 2);
  return 1;
}
