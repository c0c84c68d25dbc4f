/* SPDX-License-Identifier: MIT */
/* Where OpenSSL looks for the authorities of the system, and whether it finds any. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "tls.h"

/* Returns whether the folder has entries besides "." and "..". */
static int has_entries(const char *path) {
  DIR *d = opendir(path);
  const struct dirent *entry = NULL;
  if (d == NULL) return 0;
  do entry = readdir(d);
  while (entry != NULL && entry->d_name[0] == '.');
  closedir(d);
  return entry != NULL;
}

/* Returns whether one of the folders has entries. SSL_CERT_DIR may name more than one. */
static int one_has_entries(const char *folders) {
  char path[4096];
  for (;;) {
    size_t size = strcspn(folders, SYS_LIST_SEPARATOR);
    if (size < sizeof path) {
      memcpy(path, folders, size);
      path[size] = '\0';
      if (has_entries(path)) return 1;
    }
    if (folders[size] == '\0') return 0;
    folders += size + 1;
  }
}

#ifdef SYS_STORES
#define STORES "the stores ROOT and CA, " /* load_default_certs has looked there */
#else
#define STORES
#endif

const char *ps_tls_default_path(const char *variable, const char *otherwise) {
  const char *named = getenv(variable);
  return named != NULL ? named : otherwise;
}

int ps_tls_no_authorities_push(lua_State *L, const Context *c) {
  const char *file = ps_tls_default_path(X509_get_default_cert_file_env(), X509_get_default_cert_file());
  const char *folder = ps_tls_default_path(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
  int loaded = sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(c->ctx))) > 0;
  if (!c->system_trust || loaded || one_has_entries(folder)) return 0;
  lua_pushfstring(L, "no authorities of the system in " STORES "%s or %s", file, folder);
  return 1;
}
