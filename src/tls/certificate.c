/* SPDX-License-Identifier: MIT */
/* Certificates as tables, in Python's form: tuples of Python are sequences. Since Lua may raise meanwhile, an Owner
   holds each object. */
#include <string.h>

#include <openssl/x509v3.h>

#include "tls.h"

static void free_text(void *text) { OPENSSL_free(text); }
static void free_names(void *names) { GENERAL_NAMES_free(names); }
static void free_access(void *info) { AUTHORITY_INFO_ACCESS_free(info); }
static void free_points(void *points) { CRL_DIST_POINTS_free(points); }

static void push_asn1_text(lua_State *L, const ASN1_STRING *text) {
  Owner *owner = ps_tls_owner_push(L, free_text);
  unsigned char *utf8 = NULL;
  int length = ASN1_STRING_to_UTF8(&utf8, text);
  owner->object = utf8;
  lua_pushlstring(L, length < 0 ? "" : (const char *)utf8, length < 0 ? 0 : (size_t)length);
  ps_tls_owner_release(owner);
  lua_remove(L, -2);
}

/* {a, b} of the two values at the top */
static void pair(lua_State *L) {
  lua_createtable(L, 2, 0);
  lua_insert(L, -3);
  lua_rawseti(L, -3, 2);
  lua_rawseti(L, -2, 1);
}

static void append(lua_State *L, int table) { lua_rawseti(L, table, (lua_Integer)lua_rawlen(L, table) + 1); }

static void push_object_name(lua_State *L, const ASN1_OBJECT *object) {
  char text[80];
  int nid = OBJ_obj2nid(object);
  if (nid != NID_undef) lua_pushstring(L, OBJ_nid2ln(nid));
  else {
    OBJ_obj2txt(text, sizeof text, object, 1);
    lua_pushstring(L, text);
  }
}

/* {{{"commonName", "host"}}, ...}: the entries of one set are in one table */
static void push_name(lua_State *L, const X509_NAME *name) {
  lua_newtable(L);
  int names = lua_gettop(L), set = -1;
  for (int i = 0; i < X509_NAME_entry_count(name); i++) {
    const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
    if (X509_NAME_ENTRY_set(entry) != set) {
      set = X509_NAME_ENTRY_set(entry);
      lua_newtable(L);
      append(L, names);
    }
    lua_rawgeti(L, names, (lua_Integer)lua_rawlen(L, names));
    push_object_name(L, X509_NAME_ENTRY_get_object(entry));
    push_asn1_text(L, X509_NAME_ENTRY_get_data(entry));
    pair(L);
    append(L, names + 1);
    lua_settop(L, names);
  }
}

int ps_tls_time_push(lua_State *L, const ASN1_TIME *time) {
  BIO *bio = ps_tls_memory_push(L);
  /* it also fails for a bad time, and prints that the time is bad */
  if (ASN1_TIME_print(bio, time) != 1 && BIO_pending(bio) == 0) ps_tls_error_raise(L, "ASN1_TIME_print");
  ps_tls_written_push(L, bio);
  return 1;
}

static void push_serial(lua_State *L, const X509 *x) {
  BIO *bio = ps_tls_memory_push(L);
  if (i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(x)) < 0) ps_tls_error_raise(L, "i2a_ASN1_INTEGER");
  ps_tls_written_push(L, bio);
}

/* a numeric address as text */
static void push_address(lua_State *L, const ASN1_OCTET_STRING *address) {
  char text[INET6_ADDRSTRLEN] = "<invalid>";
  int length = ASN1_STRING_length(address);
  int family = length == 4 ? AF_INET : length == 16 ? AF_INET6 : AF_UNSPEC;
  if (family != AF_UNSPEC) sys_inet_ntop(family, ASN1_STRING_get0_data(address), text, sizeof text);
  lua_pushstring(L, text);
}

/* {"DNS", "host"} */
static void push_general_name(lua_State *L, const GENERAL_NAME *name) {
  switch (name->type) {
    case GEN_DNS:
    case GEN_EMAIL:
    case GEN_URI:
      lua_pushstring(L, name->type == GEN_DNS ? "DNS" : name->type == GEN_EMAIL ? "email" : "URI");
      lua_pushlstring(L, (const char *)ASN1_STRING_get0_data(name->d.ia5), (size_t)ASN1_STRING_length(name->d.ia5));
      break;
    case GEN_IPADD:
      lua_pushliteral(L, "IP Address");
      push_address(L, name->d.iPAddress);
      break;
    case GEN_DIRNAME:
      lua_pushliteral(L, "DirName");
      push_name(L, name->d.directoryName);
      break;
    case GEN_RID:
      lua_pushliteral(L, "Registered ID");
      push_object_name(L, name->d.registeredID);
      break;
    default:
      lua_pushliteral(L, "othername"), lua_pushliteral(L, "<unsupported>");
      break;
  }
  pair(L);
}

/* Pushes the owner of an extension of the certificate, and returns the extension; NULL if there is none. */
static void *push_extension(lua_State *L, const X509 *x, int nid, void (*release)(void *extension)) {
  Owner *owner = ps_tls_owner_push(L, release);
  return owner->object = X509_get_ext_d2i(x, nid, NULL, NULL);
}

/* Sets a field of the table below to the sequence at the top, unless it is empty. The owner between the two is
   released. */
static void set_list(lua_State *L, const char *field) {
  ps_tls_owner_release(lua_touserdata(L, -2));
  lua_remove(L, -2);
  if (lua_rawlen(L, -1) > 0) lua_setfield(L, -2, field);
  else lua_pop(L, 1);
}

static void set_alternative_names(lua_State *L, const X509 *x) {
  const GENERAL_NAMES *names = push_extension(L, x, NID_subject_alt_name, free_names);
  lua_newtable(L);
  int list = lua_gettop(L);
  for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
    push_general_name(L, sk_GENERAL_NAME_value(names, i));
    append(L, list);
  }
  set_list(L, "subjectAltName");
}

static void append_uri(lua_State *L, int list, const GENERAL_NAME *name) {
  if (name->type != GEN_URI) return;
  const ASN1_STRING *uri = name->d.uniformResourceIdentifier;
  lua_pushlstring(L, (const char *)ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
  append(L, list);
}

/* Sets a field of the table at the top to the URIs of one method of access to the authority. */
static void set_access(lua_State *L, const X509 *x, int method, const char *field) {
  const AUTHORITY_INFO_ACCESS *info = push_extension(L, x, NID_info_access, free_access);
  lua_newtable(L);
  int list = lua_gettop(L);
  for (int i = 0; info != NULL && i < sk_ACCESS_DESCRIPTION_num(info); i++) {
    const ACCESS_DESCRIPTION *access = sk_ACCESS_DESCRIPTION_value(info, i);
    if (OBJ_obj2nid(access->method) == method) append_uri(L, list, access->location);
  }
  set_list(L, field);
}

static void set_revocation_lists(lua_State *L, const X509 *x) {
  const CRL_DIST_POINTS *points = push_extension(L, x, NID_crl_distribution_points, free_points);
  lua_newtable(L);
  int list = lua_gettop(L);
  for (int i = 0; points != NULL && i < sk_DIST_POINT_num(points); i++) {
    const DIST_POINT *point = sk_DIST_POINT_value(points, i);
    if (point->distpoint == NULL || point->distpoint->type != 0) continue;
    const GENERAL_NAMES *names = point->distpoint->name.fullname;
    for (int k = 0; k < sk_GENERAL_NAME_num(names); k++) append_uri(L, list, sk_GENERAL_NAME_value(names, k));
  }
  set_list(L, "crlDistributionPoints");
}

static void push_der(lua_State *L, const X509 *x) {
  BIO *bio = ps_tls_memory_push(L);
  if (!i2d_X509_bio(bio, (X509 *)(uintptr_t)x)) ps_tls_error_raise(L, "i2d_X509");
  ps_tls_written_push(L, bio);
}

void ps_tls_certificate_push(lua_State *L, X509 *x, int binary) {
  luaL_checkstack(L, 20, NULL);
  if (binary) {
    push_der(L, x);
    return;
  }
  lua_createtable(L, 0, 10);
  push_name(L, X509_get_subject_name(x));
  lua_setfield(L, -2, "subject");
  push_name(L, X509_get_issuer_name(x));
  lua_setfield(L, -2, "issuer");
  lua_pushinteger(L, X509_get_version(x) + 1);
  lua_setfield(L, -2, "version");
  push_serial(L, x);
  lua_setfield(L, -2, "serialNumber");
  ps_tls_time_push(L, X509_get0_notBefore(x));
  lua_setfield(L, -2, "notBefore");
  ps_tls_time_push(L, X509_get0_notAfter(x));
  lua_setfield(L, -2, "notAfter");
  set_alternative_names(L, x);
  set_access(L, x, NID_ad_OCSP, "OCSP");
  set_access(L, x, NID_ad_ca_issuers, "caIssuers");
  set_revocation_lists(L, x);
}
