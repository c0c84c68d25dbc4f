/* SPDX-License-Identifier: MIT */
/* The stores in which Windows keeps certificates and lists of revoked ones. */
#include <stdlib.h>

#include "shared.h"

#include <wincrypt.h>

struct sys_Store {
  HCERTSTORE handle; /* a collection of all the places that have a store of the name */
  PCCERT_CONTEXT certificate;
  PCCRL_CONTEXT list;
  CERT_ENHKEY_USAGE *usage; /* of the certificate */
};

/* Adds the store of that name in each place which the process may read. Returns the number of the stores. */
static int add_places(HCERTSTORE collection, const wchar_t *name) {
  static const DWORD places[] = {CERT_SYSTEM_STORE_LOCAL_MACHINE,
                                 CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE,
                                 CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY,
                                 CERT_SYSTEM_STORE_CURRENT_USER,
                                 CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY,
                                 CERT_SYSTEM_STORE_SERVICES,
                                 CERT_SYSTEM_STORE_USERS};
  int count = 0;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    HCERTSTORE one = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_STORE_READONLY_FLAG | places[i], name);
    if (one == NULL) continue;
    count += CertAddStoreToCollection(collection, one, 0, 0) != 0;
    CertCloseStore(one, 0); /* the collection holds it */
  }
  return count;
}

sys_Store *sys_store_open(const char *name) {
  wchar_t *wide = sys_widen(name);
  sys_Store *store = wide != NULL ? calloc(1, sizeof *store) : NULL;
  int code = ENOMEM;
  if (store != NULL) {
    store->handle = CertOpenStore(CERT_STORE_PROV_COLLECTION, 0, 0, 0, NULL);
    if (store->handle == NULL || add_places(store->handle, wide) == 0) {
      code = sys_errno_of(GetLastError());
      sys_store_close(store);
      store = NULL;
    }
  }
  free(wide);
  if (store == NULL) errno = code;
  return store;
}

void sys_store_close(sys_Store *store) {
  free(store->usage);
  if (store->certificate != NULL) CertFreeCertificateContext(store->certificate);
  if (store->list != NULL) CertFreeCRLContext(store->list);
  if (store->handle != NULL) CertCloseStore(store->handle, 0);
  free(store);
}

/* Reads the purposes to which a property, or an extension, limits the certificate: 1; 0 if it is good for all; -1 and errno. */
static int read_usage(sys_Store *store, DWORD source) {
  DWORD size = 0;
  free(store->usage);
  store->usage = NULL;
  SetLastError(0);
  BOOL known = CertGetEnhancedKeyUsage(store->certificate, source, NULL, &size);
  if (known) {
    store->usage = malloc(size);
    errno = ENOMEM;
    if (store->usage == NULL) return -1;
    SetLastError(0);
    known = CertGetEnhancedKeyUsage(store->certificate, source, store->usage, &size);
  }
  int unlimited = GetLastError() == (DWORD)CRYPT_E_NOT_FOUND;
  if (known && (store->usage->cUsageIdentifier > 0 || !unlimited)) return 1;
  return known || unlimited ? 0 : sys_fail();
}

int sys_store_next_certificate(sys_Store *store, sys_StoreItem *item) {
  store->certificate = CertEnumCertificatesInStore(store->handle, store->certificate);
  if (store->certificate == NULL) return 0;
  int limited = read_usage(store, CERT_FIND_PROP_ONLY_ENHKEY_USAGE_FLAG);
  if (limited == 0) limited = read_usage(store, CERT_FIND_EXT_ONLY_ENHKEY_USAGE_FLAG);
  if (limited < 0) return -1;
  *item = (sys_StoreItem){.data = store->certificate->pbCertEncoded,
                          .size = store->certificate->cbCertEncoded,
                          .pkcs7 = store->certificate->dwCertEncodingType != X509_ASN_ENCODING};
  if (limited) {
    item->purposes = store->usage->rgpszUsageIdentifier;
    item->count = store->usage->cUsageIdentifier;
  }
  return 1;
}

int sys_store_next_list(sys_Store *store, sys_StoreItem *item) {
  store->list = CertEnumCRLsInStore(store->handle, store->list);
  if (store->list == NULL) return 0;
  *item = (sys_StoreItem){.data = store->list->pbCrlEncoded,
                          .size = store->list->cbCrlEncoded,
                          .pkcs7 = store->list->dwCertEncodingType != X509_ASN_ENCODING};
  return 1;
}
