/* SPDX-License-Identifier: MIT */
/*
** The shared part of TLS. A TLS connection is a socket whose source (source.h) is a Tls. It has the methods of a
** socket; those that send and receive are rows of operation.c of its own. OpenSSL reads and writes through a BIO that
** does not block, and its WANT_READ and WANT_WRITE become the event that the row waits for. Only a receive of a blocking
** socket waits in the kernel, as that of a plain socket does.
*/
#ifndef PS_TLS_H
#define PS_TLS_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "../core.h"
#include "../source.h"

#define TLS_RECORD ((size_t)16384)         /* the maximum size of a TLS record in bytes */
#define TLS_OUT (TLS_RECORD + 2048)        /* room for an encrypted record and messages of a handshake */
#define TLS_CONTEXTS "pysocket.SSLContext" /* the keys of the metatables in the registry */
#define TLS_OBJECTS "pysocket.SSLObject"
#define TLS_BY_ADDRESS "pysocket.Tls of" /* in the registry: a weak table of objects by the address of their Tls */
#ifdef O_CLOEXEC
#define TLS_READ "re" /* the modes of fopen: child processes inherit no file */
#define TLS_APPEND "ae"
#else
#define TLS_READ "r"
#define TLS_APPEND "a"
#endif
#define TLS_ERROR_EOF 8 /* Python's number for an end without close_notify */

/* Python's numbers */
enum {
  PROTOCOL_TLS = 2,
  PROTOCOL_TLSv1,
  PROTOCOL_TLSv1_1,
  PROTOCOL_TLSv1_2,
  PROTOCOL_TLS_CLIENT = 16,
  PROTOCOL_TLS_SERVER = 17
};

/* An SSLContext. */
typedef struct Context {
  SSL_CTX *ctx;        /* NULL: its construction failed */
  int protocol;        /* PROTOCOL_* */
  int check_hostname;  /* whether a client compares the host name with the peer's certificate */
  unsigned name_flags; /* X509_CHECK_FLAG_*: the rules of that comparison */
  int handshake_auth;  /* post_handshake_auth */
  int system_trust;    /* whether the context trusts the authorities of the system */
  unsigned char *alpn; /* a server's protocols in the wire's format, in the user value CONTEXT_ALPN */
  unsigned alpn_length;
  const char *keylog;        /* the file of secrets, in the user value CONTEXT_KEYLOG; or NULL */
  unsigned char notes;       /* for LuaSec: notes each fault of a certificate, ... */
  unsigned char tolerant;    /* ... and continues the verification */
  unsigned char any_purpose; /* accepts certificates for other purposes */
} Context;

/* user values of a context; the last four are functions, or nil */
enum {
  CONTEXT_ALPN = 1,
  CONTEXT_KEYLOG,
  CONTEXT_SNI,
  CONTEXT_PSK_CLIENT,
  CONTEXT_PSK_SERVER,
  CONTEXT_ALPN_CHOOSER,
  CONTEXT_VALUES = CONTEXT_ALPN_CHOOSER
};

/*
** A connection. OpenSSL encrypts a record at once, and its BIO keeps the bytes that the descriptor does not take. They
** are sent before any others, by whichever call is next; the call that waits counts their data as sent. A non-blocking
** send cannot wait: it says that it would block, and keeps a copy of the data, by which its repetition is recognized.
*/
typedef struct Tls {
  Source source;      /* first: the socket points to it; without functions in an SSLObject */
  SSL *ssl;           /* NULL: not connected yet, or the handshake was aborted */
  BIO_METHOD *method; /* of the connection's BIO; it lives as long as 'ssl' */
  sys_fd fd;          /* the descriptor of the BIO */
  int code;           /* errno of the last failed call of the BIO; 0: none failed */
  int flags;          /* of the BIO's receives: MSG_DONTWAIT, or 0 where a receive may block in the kernel */
  char *out;          /* room for TLS_OUT bytes, in the user value TLS_KEPT; NULL without 'ssl' */
  size_t first;       /* the position in 'out' of the bytes that the descriptor has not taken */
  size_t unsent;      /* the number of these bytes */
  char *copy;         /* of the data that a non-blocking send began to send, in the user value TLS_COPY; or NULL */
  size_t begun;       /* the number of bytes there; 0: no repetition is expected */
  unsigned char server_side;
  unsigned char suppress_ragged_eofs;
  unsigned char handshake_on_connect;
  unsigned char established; /* the first handshake is done */
  unsigned char flight;      /* messages of the first handshake are kept */
  unsigned char owes;        /* bytes are kept of which no caller knows: a message of OpenSSL's own is among them */
  unsigned char type;        /* of the record that OpenSSL writes next, where the kernel encrypts; 0: of data */
  unsigned char roomy;       /* OpenSSL keeps its buffers between two records */
  unsigned char broken;      /* a fatal error has ended TLS: nothing more is written */
  unsigned char raised;      /* a user's function has raised in the handshake: the error is at the top of its stack */
  lua_State *handshake;      /* the thread that performs the first handshake; NULL: none */
  char subject[200];         /* the subject of the certificate that failed verification */
  const char *hostname;      /* the peer's, in the user value TLS_HOSTNAME; or NULL */
  int fault_count;           /* the number of faults, for LuaSec */
  struct {
    int depth, code; /* of the certificate; X509_V_ERR_* */
  } faults[16];
} Tls;

enum { TLS_CONTEXT = 1, TLS_HOSTNAME, TLS_KEPT, TLS_COPY, TLS_SESSION, TLS_VALUES = TLS_SESSION };

/* Empties OpenSSL's queue of errors. It is nearly always empty, and ERR_clear_error takes 800 instructions. */
static inline void ps_tls_errors_clear(void) {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

/* Pushes an error object made from OpenSSL's queue of errors; returns PS_ERROR. */
int ps_tls_error_push(lua_State *L, const char *class, int code, const char *call, const Tls *t);
/* Raises such an error for a call that belongs to no connection. */
int ps_tls_error_raise(lua_State *L, const char *call);
/* As before, for a file: if 'code', the errno of the system, is set, the error is an OSError. */
int ps_tls_error_raise_file(lua_State *L, const char *call, int code);
/* Pushes an error of that class with the given text; returns PS_ERROR. */
int ps_tls_error_text(lua_State *L, const char *class, int code, const char *text, const char *call);
/* Pushes the error of a call of OpenSSL that ends TLS on the connection. Returns PS_ERROR, or PS_ERRNO if a system
   call failed. 'code' is the result of SSL_get_error. */
int ps_tls_fatal_push(lua_State *L, Tls *t, int code, const char *call);
/* Pushes the error of a call that would have to wait for that event; returns PS_ERROR. */
int ps_tls_want_push(lua_State *L, int event, const char *call);

Context *ps_tls_context_check(lua_State *L, int arg);
/* Pushes a new context with OpenSSL's defaults. Raises. */
Context *ps_tls_context_push(lua_State *L, int protocol, const SSL_METHOD *method);
/* Replaces the connection at the top by a new SSLSocket without a descriptor, whose source is the connection. */
Socket *ps_tls_socket_push(lua_State *L, Tls *t, int family, int type, int proto);
/* Loads a private key in PEM, with the password at that index: nil, a string or a function. Returns OpenSSL's
   result. */
int ps_tls_key_load(lua_State *L, const Context *c, const char *path, int password);
/* Returns the connection of the SSLSocket or SSLObject at 'arg'. Raises. */
Tls *ps_tls_check(lua_State *L, int arg);
/* Pushes the Tls of the SSLSocket or SSLObject at 'object', for its user values. */
void ps_tls_values_push(lua_State *L, int object);
/* Pushes a new connection without an SSL. The arguments are the stack indices of its context, host name and session;
   the last two values may be nil. */
Tls *ps_tls_new(lua_State *L, int context, int hostname, int session);
/* Creates the SSL of the connection at the top, with a BIO for its descriptor or with the two given ones. 'object'
   is the index of its SSLSocket or SSLObject. Raises. */
void ps_tls_begin(lua_State *L, Tls *t, int object, BIO *in, BIO *out);
/* Performs the first handshake as far as possible; returns the result of SSL_do_handshake. Functions of users may
   run meanwhile. */
int ps_tls_handshake(lua_State *L, Tls *t);
/* Called after a handshake in which a user's function raised. Returns PS_ERROR with an error of the library at the
   top; raises any other error. */
int ps_tls_raised(lua_State *L, Tls *t);
/* Gives the SSL of the connection a BIO for its descriptor; 0: an error of OpenSSL. */
int ps_tls_bio_attach(Tls *t);
/* Sends the bytes that the descriptor has not taken yet. Returns whether none is left; otherwise 'code' has the errno. */
int ps_tls_flush(Tls *t);
/* Has the kernel encrypt what is sent from now on, with keys in the kernel's format; returns whether it does. */
int ps_ktls_begin(sys_fd fd, const void *keys);
/* Sends a record of that type, encrypted by the kernel; as send(2), without blocking. */
ssize_t ps_ktls_send(sys_fd fd, unsigned char type, const char *data, size_t size);
/* Pushes the certificate as a table (getpeercert), or as DER. */
void ps_tls_certificate_push(lua_State *L, X509 *x, int binary);
/* Pushes a time as OpenSSL prints it: "Jan  5 09:34:43 2018 GMT". Returns 1. */
int ps_tls_time_push(lua_State *L, const ASN1_TIME *time);
/* Pushes the certificate as LuaSec's object, which holds a reference. */
void ps_tls_x509_push(lua_State *L, X509 *x);
/* Pushes a name as LuaSec returns it: a sequence of {oid = "2.5.4.3", name = "commonName", value = "host"}. The texts are
   in UTF-8, or their bytes unchanged. Returns 1. */
int ps_tls_name_push(lua_State *L, const X509_NAME *name, int utf8);
/* Replaces the values above the certificate at 1 by the table of its alternative names. Returns 1. */
int ps_tls_alternatives_push(lua_State *L, X509 *x, int utf8);
/* Pushes the SSLSession of a connection, or nil. */
void ps_tls_session_push(lua_State *L, SSL *ssl);
/* Returns the session at 'arg'. Raises an error if its context is another one, unless 'ctx' is NULL. */
SSL_SESSION *ps_tls_session_check(lua_State *L, int arg, const SSL_CTX *ctx);
/* Returns the path in that variable of the environment, or else the other one. */
const char *ps_tls_default_path(const char *variable, const char *otherwise);
/* Pushes the reason why the system has no authorities; returns 0 if it has some. */
int ps_tls_no_authorities_push(lua_State *L, const Context *c);
/* Pushes the attribute of a connection whose name is at 2; returns 0 if there is none of that name. */
int ps_tls_attribute_push(lua_State *L, const Tls *t);
/* Sets an attribute to the value at 3; raises an error if it is read-only. */
int ps_tls_attribute_set(lua_State *L);

/* Fields of a context at 1, in callback.c: each getter pushes the value, each setter takes it from 3. */
void ps_tls_sni_get(lua_State *L, const Context *c);
void ps_tls_sni_set(lua_State *L, Context *c);
void ps_tls_keylog_get(lua_State *L, const Context *c);
void ps_tls_keylog_set(lua_State *L, Context *c);

int luaopen_pysocket__ssl(lua_State *L);
/* Pops a module, and registers it under its name in the archive's Lua part (embed.c). */
void ps_embed_add(lua_State *L, const char *name);

/* Pushes a new metatable with those metamethods and methods, and keeps it in the registry under 'name'. */
void ps_tls_metatable_push(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods);
/* Raises the error of a field, named at 2, that cannot be set. */
_Noreturn void ps_tls_refuse_field(lua_State *L, const char *what);

/* The owner of an object of OpenSSL. The collector frees the object if an error prevents ps_tls_owner_release. */
typedef struct Owner {
  void *object;
  void (*release)(void *object);
} Owner;

Owner *ps_tls_owner_push(lua_State *L, void (*release)(void *object));
/* Frees the object. */
void ps_tls_owner_release(Owner *owner);
/* Pushes the owner of a new BIO in memory, and returns the BIO. Raises. */
BIO *ps_tls_memory_push(lua_State *L);
/* Replaces that owner, at the top, by the bytes written to the BIO. */
void ps_tls_written_push(lua_State *L, BIO *bio);

/* The methods of both classes of connections about the connection and its peer (peer.c). */
extern const luaL_Reg ps_tls_methods[];

/* The functions that open the files add their names to two tables on the stack. */
enum {
  TLS_MODULE = 1, /* the module for users */
  TLS_LOCAL       /* the functions for ssl.lua */
};

void ps_tls_objects_open(lua_State *L);
void ps_tls_error_open(lua_State *L);
void ps_tls_constants_open(lua_State *L);
void ps_tls_context_open(lua_State *L);
/* Adds the fields to the metatable of contexts at the top. */
void ps_tls_settings_open(lua_State *L);
void ps_tls_offer_open(lua_State *L);
void ps_tls_callback_open(lua_State *L);
void ps_tls_trust_open(lua_State *L);
void ps_tls_store_open(lua_State *L);
void ps_tls_session_open(lua_State *L);
void ps_tls_connection_open(lua_State *L);
void ps_tls_transfer_open(lua_State *L);
void ps_tls_memory_open(lua_State *L);
void ps_tls_x509_open(lua_State *L);
void ps_tls_luasec_open(lua_State *L);

#endif
