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

#define TLS_RECORD ((size_t)16384) /* the most bytes of a TLS record */
#define TLS_ERROR_EOF 8            /* Python's number for an end without the end of TLS */

/* An SSLContext. */
typedef struct Context {
  SSL_CTX *ctx;        /* NULL: its construction failed */
  int protocol;        /* PROTOCOL_* */
  int check_hostname;  /* of the peer's certificate, where this side is the client */
  int handshake_auth;  /* post_handshake_auth */
  unsigned char *alpn; /* what a server chooses from, in the wire's format; in the user value CONTEXT_ALPN */
  unsigned alpn_length;
} Context;

enum { CONTEXT_ALPN = 1, CONTEXT_VALUES = CONTEXT_ALPN };

/*
** A connection. OpenSSL wants a write that it could not finish repeated with the same bytes, whoever writes next: so the
** connection keeps a copy of the record under way, and finishes it before anything else is written. A record that is claimed
** counts as sent in the call that began it; one that a non-blocking call left is not, and that call's repetition is known by its
** bytes.
*/
typedef struct Tls {
  Source source;      /* first: the socket points to it */
  SSL *ssl;           /* NULL: not connected yet, or unwrapped */
  BIO_METHOD *method; /* of its BIO; each connection has its own, which lives exactly as long as 'ssl' */
  sys_fd fd;          /* what the BIO reads and writes */
  int code;           /* errno of the last call of the BIO that failed; 0: none did */
  char *record;       /* room for TLS_RECORD bytes, in the user value TLS_COPY; NULL until it is first needed */
  size_t length;      /* of the record under way; 0: there is none */
  unsigned char claimed;
  unsigned char server_side;
  unsigned char suppress_ragged_eofs;
  unsigned char handshake_on_connect;
  unsigned char broken; /* a fatal error has ended TLS: nothing more is written */
  char subject[200];    /* of the certificate at which verification failed */
  const char *hostname; /* of the peer, in the user value TLS_HOSTNAME; or NULL */
} Tls;

enum { TLS_CONTEXT = 1, TLS_HOSTNAME, TLS_COPY, TLS_SESSION, TLS_VALUES = TLS_SESSION };

/* Pushes an error object for the failure of a call of OpenSSL, from OpenSSL's queue of errors; returns PS_ERROR. */
int ps_tls_error_push(lua_State *L, const char *class, int code, const char *call, const Tls *t);
/* The same for a call that belongs to no connection: raises. */
int ps_tls_error_raise(lua_State *L, const char *call);
/* Pushes an error of that class with a text of ours; returns PS_ERROR. */
int ps_tls_error_text(lua_State *L, const char *class, int code, const char *text, const char *call);

Context *ps_tls_context_check(lua_State *L, int arg);
/* The connection of the socket at 'arg', or raises. */
Tls *ps_tls_check(lua_State *L, int arg, Socket **s);
/* Gives the connection an SSL with a BIO of ours; 0, or an error of OpenSSL. */
int ps_tls_bio_attach(Tls *t);
/* Pushes the certificate as a table (getpeercert), or as DER. */
void ps_tls_certificate_push(lua_State *L, X509 *x, int binary);
/* Pushes an SSLSession that takes over the reference, or nil for NULL. */
void ps_tls_session_push(lua_State *L, SSL_SESSION *session);
SSL_SESSION *ps_tls_session_check(lua_State *L, int arg);

int luaopen_pysocket__ssl(lua_State *L);
/* Pops a module and has it found by its name in the archive's Lua part (embed.c). */
void ps_embed_add(lua_State *L, const char *name);

/* Pushes a new metatable with those metamethods and methods, kept in the registry under 'name'. */
void ps_tls_metatable_push(lua_State *L, const char *name, const luaL_Reg *metamethods, const luaL_Reg *methods);

/* Each adds its names to the tables that stand on the stack meanwhile. */
enum {
  TLS_MODULE = 1, /* what users see */
  TLS_LOCAL       /* what ssl.lua alone sees */
};

void ps_tls_error_open(lua_State *L);
void ps_tls_constants_open(lua_State *L);
void ps_tls_context_open(lua_State *L);
void ps_tls_trust_open(lua_State *L);
void ps_tls_session_open(lua_State *L);
void ps_tls_connection_open(lua_State *L);
void ps_tls_transfer_open(lua_State *L);

#endif
