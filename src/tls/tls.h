/* SPDX-License-Identifier: MIT */
/*
** What the files of TLS share. A TLS connection is a socket whose source (source.h) is a Tls: it has the methods of a socket, and
** those that move bytes are rows of operation.c of their own. OpenSSL never waits here: it reads and writes by a BIO whose calls
** do not block, and its WANT_READ and WANT_WRITE become the event that the row waits for.
*/
#ifndef PS_TLS_H
#define PS_TLS_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "../core.h"
#include "../source.h"

#define TLS_RECORD ((size_t)16384)       /* the most bytes of a TLS record */
#define TLS_OBJECTS "pysocket.SSLObject" /* the key of the metatable in the registry */
#define TLS_BY_ADDRESS "pysocket.Tls of" /* in the registry: a weak table of the objects by the address of their Tls */
#ifdef O_CLOEXEC
#define TLS_READ "re" /* how files are opened: no child inherits them */
#define TLS_APPEND "ae"
#else
#define TLS_READ "r"
#define TLS_APPEND "a"
#endif
#define TLS_ERROR_EOF 8 /* Python's number for an end without the end of TLS */

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
  int check_hostname;  /* of the peer's certificate, where this side is the client */
  unsigned name_flags; /* X509_CHECK_FLAG_*: how that name is compared */
  int handshake_auth;  /* post_handshake_auth */
  int system_trust;    /* the authorities of the system were asked for */
  unsigned char *alpn; /* what a server chooses from, in the wire's format; in the user value CONTEXT_ALPN */
  unsigned alpn_length;
  const char *keylog;        /* the file that secrets are written to, in the user value CONTEXT_KEYLOG; or NULL */
  unsigned char notes;       /* of a LuaSec's: each fault of a certificate is noted, ... */
  unsigned char tolerant;    /* ... and verification goes on */
  unsigned char any_purpose; /* a certificate for another purpose is none */
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
** A connection. OpenSSL wants a write that it could not finish repeated with the same bytes, whoever writes next: so the
** connection keeps a copy of the record under way, and finishes it before anything else is written. A record that is claimed
** counts as sent in the call that began it; one that a non-blocking call left is not, and that call's repetition is known by its
** bytes.
*/
typedef struct Tls {
  Source source;      /* first: the socket points to it; without functions in an SSLObject */
  SSL *ssl;           /* NULL: not connected yet, or a handshake was given up */
  BIO_METHOD *method; /* of its BIO; each connection has its own, which lives exactly as long as 'ssl' */
  sys_fd fd;          /* what the BIO reads and writes */
  int code;           /* errno of the last call of the BIO that failed; 0: none did */
  char *record;       /* room for TLS_RECORD bytes, in the user value TLS_COPY; NULL without 'ssl' */
  size_t length;      /* of the record under way; 0: there is none */
  unsigned char claimed;
  unsigned char server_side;
  unsigned char suppress_ragged_eofs;
  unsigned char handshake_on_connect;
  unsigned char established; /* the first handshake is done */
  unsigned char broken;      /* a fatal error has ended TLS: nothing more is written */
  unsigned char raised;      /* a user's function raised in the handshake: the error is at the top of its stack */
  lua_State *handshake;      /* the thread that performs the first handshake now; NULL: none does */
  char subject[200];         /* of the certificate at which verification failed */
  const char *hostname;      /* of the peer, in the user value TLS_HOSTNAME; or NULL */
  int fault_count;           /* of a context that notes faults */
  struct {
    int depth, code; /* of the certificate; X509_V_ERR_* */
  } faults[16];
} Tls;

enum { TLS_CONTEXT = 1, TLS_HOSTNAME, TLS_COPY, TLS_SESSION, TLS_VALUES = TLS_SESSION };

/* Pushes an error object for the failure of a call of OpenSSL, from OpenSSL's queue of errors; returns PS_ERROR. */
int ps_tls_error_push(lua_State *L, const char *class, int code, const char *call, const Tls *t);
/* The same for a call that belongs to no connection: raises. */
int ps_tls_error_raise(lua_State *L, const char *call);
/* The same for a file, where 'code' is the errno of the system: of that there is an OSError. */
int ps_tls_error_raise_file(lua_State *L, const char *call, int code);
/* Pushes an error of that class with a text of ours; returns PS_ERROR. */
int ps_tls_error_text(lua_State *L, const char *class, int code, const char *text, const char *call);
/* Pushes the error of a call of OpenSSL on a connection that failed for good, and ends TLS; returns PS_ERROR, or PS_ERRNO where a
   system call failed. 'code' is what SSL_get_error says. */
int ps_tls_fatal_push(lua_State *L, Tls *t, int code, const char *call);
/* Pushes the error of a call that would have to wait for that event; returns PS_ERROR. */
int ps_tls_want_push(lua_State *L, int event, const char *call);

Context *ps_tls_context_check(lua_State *L, int arg);
/* Pushes a new one with OpenSSL's defaults, or raises. */
Context *ps_tls_context_push(lua_State *L, int protocol, const SSL_METHOD *method);
/* Pushes a new SSLSocket without a descriptor whose source is the connection at the top, which it replaces. */
Socket *ps_tls_socket_push(lua_State *L, Tls *t, int family, int type, int proto);
/* Loads a private key from a file in PEM with the password at that index: nil, a string or a function. What OpenSSL returns. */
int ps_tls_key_load(lua_State *L, const Context *c, const char *path, int password);
/* The connection of the SSLSocket or SSLObject at 'arg', or raises. */
Tls *ps_tls_check(lua_State *L, int arg);
/* Pushes the Tls of the SSLSocket or SSLObject at 'object', which has its user values. */
void ps_tls_values_push(lua_State *L, int object);
/* Pushes a new connection, without an SSL yet, with those values of the stack as its context, host name and session, of which the
   last two may be nil. */
Tls *ps_tls_new(lua_State *L, int context, int hostname, int session);
/* Gives the connection at the top its SSL, with a BIO of ours or with those two, of the object (SSLSocket or SSLObject) at 'object'.
   Raises. */
void ps_tls_begin(lua_State *L, Tls *t, int object, BIO *in, BIO *out);
/* Performs the first handshake as far as it goes: what SSL_do_handshake returns. A user's function may run meanwhile. */
int ps_tls_handshake(lua_State *L, Tls *t);
/* After a handshake in which a user's function raised: PS_ERROR with an error of ours at the top, or raises any other one. */
int ps_tls_raised(lua_State *L, Tls *t);
/* Gives the connection an SSL with a BIO of ours; 0, or an error of OpenSSL. */
int ps_tls_bio_attach(Tls *t);
/* Pushes the certificate as a table (getpeercert), or as DER. */
void ps_tls_certificate_push(lua_State *L, X509 *x, int binary);
/* Pushes a certificate as LuaSec's object, which has a reference of its own. */
void ps_tls_x509_push(lua_State *L, X509 *x);
/* Pushes the SSLSession of a connection, or nil. */
void ps_tls_session_push(lua_State *L, SSL *ssl);
/* The session at 'arg', which has to come from that context unless that is NULL; or raises. */
SSL_SESSION *ps_tls_session_check(lua_State *L, int arg, const SSL_CTX *ctx);
/* Why the system's authorities do not help: pushes a text, or returns 0 where there are some. */
int ps_tls_no_authorities_push(lua_State *L, const Context *c);
/* An attribute of a connection by its name at 2: pushes it, or returns 0 where it is none. */
int ps_tls_attribute_push(lua_State *L, const Tls *t);
/* Sets one to the value at 3; raises where that cannot be. */
int ps_tls_attribute_set(lua_State *L);

/* Fields of a context, at 1, that are in callback.c: each pushes the value, or sets it to the one at 3. */
void ps_tls_sni_get(lua_State *L, const Context *c);
void ps_tls_sni_set(lua_State *L, Context *c);
void ps_tls_keylog_get(lua_State *L, const Context *c);
void ps_tls_keylog_set(lua_State *L, Context *c);

int luaopen_pysocket__ssl(lua_State *L);
/* Pops a module and has it found by its name in the archive's Lua part (embed.c). */
void ps_embed_add(lua_State *L, const char *name);

/* Pushes a new metatable with those metamethods and methods, kept in the registry under 'name'. */
void ps_tls_metatable_push(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods);
/* Raises: the field named at 2 of such an object cannot be set. */
_Noreturn void ps_tls_refuse_field(lua_State *L, const char *what);

/* An object of OpenSSL's that has to be freed, also where Lua raises: pushes its owner, whose collection frees it. */
typedef struct Owner {
  void *object;
  void (*release)(void *object);
} Owner;

Owner *ps_tls_owner_push(lua_State *L, void (*release)(void *object));
/* Frees the object now. */
void ps_tls_owner_release(Owner *owner);
/* Pushes the owner of a new BIO in memory, which is returned. Raises. */
BIO *ps_tls_memory_push(lua_State *L);
/* Replaces that owner, at the top, by what was written to the BIO. */
void ps_tls_written_push(lua_State *L, BIO *bio);

/* What a connection says of itself and of its peer (peer.c): methods of both classes of connections. */
extern const luaL_Reg ps_tls_methods[];

/* Each adds its names to the tables that stand on the stack meanwhile. */
enum {
  TLS_MODULE = 1, /* what users see */
  TLS_LOCAL       /* what ssl.lua alone sees */
};

void ps_tls_error_open(lua_State *L);
void ps_tls_constants_open(lua_State *L);
void ps_tls_context_open(lua_State *L);
/* Adds the fields to the metatable of contexts, at the top. */
void ps_tls_settings_open(lua_State *L);
void ps_tls_offer_open(lua_State *L);
void ps_tls_callback_open(lua_State *L);
void ps_tls_trust_open(lua_State *L);
void ps_tls_session_open(lua_State *L);
void ps_tls_connection_open(lua_State *L);
void ps_tls_transfer_open(lua_State *L);
void ps_tls_memory_open(lua_State *L);
void ps_tls_x509_open(lua_State *L);
void ps_tls_luasec_open(lua_State *L);

#endif
