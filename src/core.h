/* SPDX-License-Identifier: MIT */
/* The declarations that the files of the core share. */
#ifndef PS_CORE_H
#define PS_CORE_H

#include "address.h"
#include "arguments.h"
#include "error.h"
#include "operation.h"
#include "socket.h"
#include "world.h"

/* The stack indices, while the library is being opened, of the tables to which each file adds its names. */
enum {
  PS_OPEN_CORE = 1, /* the module's functions and constants */
  PS_OPEN_METHODS,  /* the class of sockets: its methods */
  PS_OPEN_LOCAL     /* the functions for the Lua layer */
};

void ps_caller_open(lua_State *L);
void ps_arguments_open(lua_State *L);
void ps_options_open(lua_State *L);
void ps_describe_open(lua_State *L);
void ps_class_open(lua_State *L);
void ps_error_open(lua_State *L);
void ps_protect_open(lua_State *L);
void ps_constants_open(lua_State *L);
void ps_address_open(lua_State *L);
void ps_bytes_open(lua_State *L);
void ps_socket_open(lua_State *L);
void ps_create_open(lua_State *L);
void ps_mode_open(lua_State *L);
void ps_scheduler_open(lua_State *L);
void ps_pause_open(lua_State *L);
void ps_cancelled_open(lua_State *L);
void ps_task_open(lua_State *L);
void ps_loop_open(lua_State *L);
void ps_run_open(lua_State *L);
void ps_waker_open(lua_State *L);
void ps_trace_open(lua_State *L);
void ps_transfer_open(lua_State *L);
void ps_connect_open(lua_State *L);
void ps_message_open(lua_State *L);
void ps_batch_open(lua_State *L);
void ps_option_open(lua_State *L);
void ps_share_open(lua_State *L);
void ps_sendfile_open(lua_State *L);
void ps_lookup_open(lua_State *L);
void ps_resolve_open(lua_State *L);
void ps_host_open(lua_State *L);
void ps_netdb_open(lua_State *L);
void ps_interface_open(lua_State *L);
void ps_convert_open(lua_State *L);
void ps_descriptor_open(lua_State *L);
void ps_epoll_open(lua_State *L);
void ps_kqueue_open(lua_State *L);
void ps_poller_open(lua_State *L);
void ps_buffer_open(lua_State *L);
void ps_stream_open(lua_State *L);
void ps_formats_open(lua_State *L);
void ps_reading_open(lua_State *L);
void ps_writing_open(lua_State *L);
void ps_relay_open(lua_State *L);
void ps_capi_check(lua_State *L); /* raises an error if another copy of the library is open in the state */
void ps_luasocket_open(lua_State *L);
void ps_capi_open(lua_State *L);
/* Pushes the general metatable, which fits every socket. */
void ps_attribute_open(lua_State *L);

/* A step in the lookup of the host of the address at 'arg', whose other elements are in 'a'. The attempt returns the
   result. At the end, the function replaces the address at 'arg' by a numeric one and returns PS_AGAIN. */
int ps_resolve_address(lua_State *L, const Socket *s, int arg, Address *a, Wait *wait);

/* Is the value a bytearray or a view (bytes.c)? */
int ps_bytes_is(lua_State *L, int index);

#endif
