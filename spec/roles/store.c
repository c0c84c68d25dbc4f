/* SPDX-License-Identifier: MIT */
/* For package.loadlib, on Windows: add(certificate, oid) adds a certificate in DER to the user's store "CA", for that purpose alone, or
   for all without an OID, and remove_certificate(certificate) removes it; both tell whether they have. */
#include <windows.h>
#include <wincrypt.h>

typedef struct lua_State lua_State;
void lua_pushboolean(lua_State *L, int b);
const char *luaL_checklstring(lua_State *L, int arg, size_t *len);
const char *luaL_optlstring(lua_State *L, int arg, const char *otherwise, size_t *len);

static PCCERT_CONTEXT certificate(lua_State *L) {
  size_t size;
  const char *data = luaL_checklstring(L, 1, &size);
  return CertCreateCertificateContext(X509_ASN_ENCODING, (const BYTE *)data, (DWORD)size);
}

int add(lua_State *L) {
  const char *oid = luaL_optlstring(L, 2, NULL, NULL);
  PCCERT_CONTEXT given = certificate(L);
  HCERTSTORE store = CertOpenSystemStoreA(0, "CA");
  char *oids[] = {(char *)(UINT_PTR)oid};
  CERT_ENHKEY_USAGE usage = {1, oids};
  BOOL limited = oid == NULL || CertSetEnhancedKeyUsage(given, &usage);
  lua_pushboolean(L, limited && CertAddCertificateContextToStore(store, given, CERT_STORE_ADD_REPLACE_EXISTING, NULL));
  CertFreeCertificateContext(given);
  CertCloseStore(store, 0);
  return 1;
}

int remove_certificate(lua_State *L) {
  PCCERT_CONTEXT given = certificate(L);
  HCERTSTORE store = CertOpenSystemStoreA(0, "CA");
  PCCERT_CONTEXT found = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, given, NULL);
  BOOL done = found != NULL && CertDeleteCertificateFromStore(found);
  lua_pushboolean(L, done && CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL));
  CertFreeCertificateContext(given);
  CertCloseStore(store, 0);
  return 1;
}
