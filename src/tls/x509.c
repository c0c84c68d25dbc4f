/* SPDX-License-Identifier: MIT */
/* Certificates as objects of LuaSec. */
#include <string.h>

#include <openssl/pem.h>

#include "tls.h"

#define CERTIFICATES "pysocket.X509" /* the key of the metatable in the registry */

typedef struct Certificate {
  X509 *x; /* NULL until it owns one */
  int utf8;
} Certificate;

static void free_number(void *number) { BN_free(number); }
static void free_text(void *text) { OPENSSL_free(text); }
static void free_store(void *store) { X509_STORE_free(store); }
static void free_store_context(void *context) { X509_STORE_CTX_free(context); }
static void free_stack(void *stack) { sk_X509_free((STACK_OF(X509) *)stack); }

static Certificate *check_certificate(lua_State *L, int arg) {
  Certificate *c = luaL_testudata(L, arg, CERTIFICATES);
  if (c == NULL || c->x == NULL) ps_type_error(L, arg, "X509 certificate");
  return c;
}

static Certificate *new_certificate(lua_State *L) {
  Certificate *c = lua_newuserdatauv(L, sizeof *c, 0);
  *c = (Certificate){NULL, 0};
  luaL_setmetatable(L, CERTIFICATES);
  return c;
}

void ps_tls_x509_push(lua_State *L, X509 *x) {
  Certificate *c = new_certificate(L);
  if (X509_up_ref(x)) c->x = x;
}

static int certificate_gc(lua_State *L) {
  Certificate *c = luaL_testudata(L, 1, CERTIFICATES); /* scripts may call it with anything */
  if (c == NULL) return 0;
  X509_free(c->x);
  c->x = NULL;
  return 0;
}

static int certificate_tostring(lua_State *L) {
  lua_pushfstring(L, "X509 certificate: %p", (void *)check_certificate(L, 1)->x);
  return 1;
}

/***
Reads a certificate from a PEM text.
@function loadcertificate
@tparam string pem
@treturn ?certificate nil if the text contains none
*/
static int f_load(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  Certificate *c = new_certificate(L);
  BIO *bio = ps_tls_memory_push(L);
  int written = length <= INT32_MAX && BIO_write(bio, text, (int)length) == (int)length;
  if (written) c->x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
  ERR_clear_error();
  lua_pop(L, 1);
  if (c->x == NULL) lua_pushnil(L);
  return 1;
}

/***
A certificate.
@class certificate
*/

/***
Returns the subject of the certificate.
@function certificate:subject
@treturn table a sequence of tables with `oid`, `name` and `value`
*/
static int m_subject(lua_State *L) {
  const Certificate *c = check_certificate(L, 1);
  return ps_tls_name_push(L, X509_get_subject_name(c->x), c->utf8);
}

/***
Returns the issuer of the certificate.
@function certificate:issuer
@treturn table as `subject` returns it
*/
static int m_issuer(lua_State *L) {
  const Certificate *c = check_certificate(L, 1);
  return ps_tls_name_push(L, X509_get_issuer_name(c->x), c->utf8);
}

/***
Returns the serial number.
@function certificate:serial
@treturn string hexadecimal
*/
static int m_serial(lua_State *L) {
  const Certificate *c = check_certificate(L, 1);
  Owner *number = ps_tls_owner_push(L, free_number), *text = ps_tls_owner_push(L, free_text);
  BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(c->x), NULL);
  number->object = serial;
  if (serial != NULL) text->object = BN_bn2hex(serial);
  lua_pushstring(L, text->object);
  ps_tls_owner_release(text);
  ps_tls_owner_release(number);
  return 1;
}

/***
Returns a digest of the certificate.
@function certificate:digest
@tparam[opt="sha1"] string algorithm
@treturn ?string hexadecimal
@treturn ?string the message, after nil
*/
static int m_digest(lua_State *L) {
  const Certificate *c = check_certificate(L, 1);
  const char *name = luaL_optstring(L, 2, "sha1");
  const EVP_MD *algorithm = EVP_get_digestbyname(name);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  char text[2 * EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (algorithm == NULL) {
    lua_pushnil(L);
    lua_pushfstring(L, "digest algorithm not supported (%s)", name);
    return 2;
  }
  ERR_clear_error();
  if (!X509_digest(c->x, algorithm, bytes, &length)) return ps_tls_error_raise(L, "digest");
  for (unsigned i = 0; i < length; i++) {
    text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
    text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
  }
  lua_pushlstring(L, text, 2 * (size_t)length);
  return 1;
}

/***
Returns the certificate in PEM.
@function certificate:pem
@treturn string
*/
static int m_pem(lua_State *L) {
  const Certificate *c = check_certificate(L, 1);
  BIO *bio = ps_tls_memory_push(L);
  ERR_clear_error();
  if (!PEM_write_bio_X509(bio, c->x)) return ps_tls_error_raise(L, "pem");
  ps_tls_written_push(L, bio);
  return 1;
}

/***
Returns the public key.
@function certificate:pubkey
@treturn string the key in PEM
@treturn string its type: `"RSA"`, `"DSA"`, `"DH"`, `"EC"` or `"Unknown"`
@treturn integer its size in bits
*/
static int m_pubkey(lua_State *L) {
  const Certificate *c = check_certificate(L, 1);
  EVP_PKEY *key = X509_get0_pubkey(c->x);
  BIO *bio = ps_tls_memory_push(L);
  ERR_clear_error();
  if (key == NULL || !PEM_write_bio_PUBKEY(bio, key)) return ps_tls_error_raise(L, "pubkey");
  ps_tls_written_push(L, bio);
  int kind = EVP_PKEY_get_base_id(key);
  lua_pushstring(L, kind == EVP_PKEY_RSA   ? "RSA"
                    : kind == EVP_PKEY_DSA ? "DSA"
                    : kind == EVP_PKEY_DH  ? "DH"
                    : kind == EVP_PKEY_EC  ? "EC"
                                           : "Unknown");
  lua_pushinteger(L, EVP_PKEY_get_bits(key));
  return 3;
}

/***
Returns the beginning of the validity.
@function certificate:notbefore
@treturn string `"Jan  5 09:34:43 2018 GMT"`
*/
static int m_notbefore(lua_State *L) { return ps_tls_time_push(L, X509_get0_notBefore(check_certificate(L, 1)->x)); }

/***
Returns the end of the validity.
@function certificate:notafter
@treturn string
*/
static int m_notafter(lua_State *L) { return ps_tls_time_push(L, X509_get0_notAfter(check_certificate(L, 1)->x)); }

/***
Returns whether the certificate is valid at a time.
@function certificate:validat
@tparam number time seconds, as `os.time` returns them
@treturn boolean
*/
static int m_validat(lua_State *L) {
  const Certificate *c = check_certificate(L, 1);
  lua_Number at = luaL_checknumber(L, 2);
  if (!(at > -1e18 && at < 1e18)) ps_arg_error(L, 2, "time out of range, got %f", at);
  time_t time = (time_t)(lua_Integer)at;
  lua_pushboolean(
      L, X509_cmp_time(X509_get0_notBefore(c->x), &time) < 0 && X509_cmp_time(X509_get0_notAfter(c->x), &time) > 0);
  return 1;
}

/***
Returns the name of the signature algorithm.
@function certificate:getsignaturename
@treturn ?string
*/
static int m_getsignaturename(lua_State *L) {
  int number = X509_get_signature_nid(check_certificate(L, 1)->x);
  lua_pushstring(L, number == NID_undef ? NULL : OBJ_nid2sn(number));
  return 1;
}

/***
Sets the encoding of the texts that the methods return.
@function certificate:setencode
@tparam string encoding `"ai5"`: the unchanged bytes, which is the default; `"utf8"`
@treturn boolean false for any other encoding
*/
static int m_setencode(lua_State *L) {
  Certificate *c = check_certificate(L, 1);
  const char *name = luaL_checkstring(L, 2);
  int utf8 = strcmp(name, "utf8") == 0, known = utf8 || strcmp(name, "ai5") == 0;
  if (known) c->utf8 = utf8;
  lua_pushboolean(L, known);
  return 1;
}

/***
Returns the alternative names.
@function certificate:extensions
@treturn table empty, or with the field `"2.5.29.17"`: a table with `name`, and a sequence for each type of names:
`dNSName`, `iPAddress`, `rfc822Name`, `uniformResourceIdentifier`, ...
*/
static int m_extensions(lua_State *L) {
  const Certificate *c = check_certificate(L, 1);
  return ps_tls_alternatives_push(L, c->x, c->utf8);
}

/***
Verifies another certificate by this one.
@function certificate:issued
@tparam certificate other
@tparam[opt] certificate ... the certificates between the two
@treturn ?boolean true
@treturn ?string the message, after nil
*/
static int m_issued(lua_State *L) {
  const Certificate *root = check_certificate(L, 1), *leaf = check_certificate(L, 2);
  int count = lua_gettop(L), ok = 1;
  for (int i = 3; i <= count; i++) check_certificate(L, i);
  Owner *store = ps_tls_owner_push(L, free_store), *context = ps_tls_owner_push(L, free_store_context),
        *stack = ps_tls_owner_push(L, free_stack);
  ERR_clear_error();
  X509_STORE *trusted = store->object = X509_STORE_new();
  X509_STORE_CTX *verification = context->object = X509_STORE_CTX_new();
  STACK_OF(X509) *between = sk_X509_new_null();
  stack->object = between;
  ok = trusted != NULL && verification != NULL && between != NULL && X509_STORE_add_cert(trusted, root->x);
  for (int i = 3; ok && i <= count; i++) ok = sk_X509_push(between, check_certificate(L, i)->x) > 0;
  if (!ok || !X509_STORE_CTX_init(verification, trusted, leaf->x, between)) return ps_tls_error_raise(L, "issued");
  int verified = X509_verify_cert(verification) == 1;
  if (verified) lua_pushboolean(L, 1);
  else lua_pushnil(L);
  lua_pushstring(L, verified ? NULL : X509_verify_cert_error_string(X509_STORE_CTX_get_error(verification)));
  ps_tls_owner_release(context);
  ps_tls_owner_release(stack);
  ps_tls_owner_release(store);
  ERR_clear_error();
  return verified ? (lua_pop(L, 1), 1) : 2;
}

static const luaL_Reg methods[] = {{"subject", m_subject},
                                   {"issuer", m_issuer},
                                   {"serial", m_serial},
                                   {"digest", m_digest},
                                   {"pem", m_pem},
                                   {"pubkey", m_pubkey},
                                   {"notbefore", m_notbefore},
                                   {"notafter", m_notafter},
                                   {"validat", m_validat},
                                   {"getsignaturename", m_getsignaturename},
                                   {"setencode", m_setencode},
                                   {"extensions", m_extensions},
                                   {"issued", m_issued},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", certificate_gc}, {"__close", certificate_gc}, {"__tostring", certificate_tostring}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"load_certificate", f_load}, {NULL, NULL}};

void ps_tls_x509_open(lua_State *L) {
  lua_getfield(L, TLS_LOCAL, "luasec");
  ps_register(L, -1, functions, 0);
  ps_tls_metatable_push(L, CERTIFICATES, metamethods, methods);
  lua_settop(L, TLS_LOCAL);
}
