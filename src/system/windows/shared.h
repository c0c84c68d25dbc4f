/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef PS_WINDOWS_SHARED_H
#define PS_WINDOWS_SHARED_H

#include "../../system.h"

/* The errno of an error of Windows' or of its sockets; one that has none stands for itself. */
int sys_errno_of(DWORD code);
/* -1, with the errno of the last error. */
int sys_fail(void);
/* The same for a call about that socket: EBADF where there is none. */
int sys_fail_with(sys_fd fd);

#define SYS_SIZE_MAX ((size_t)1 << 30) /* bytes that one call is given: Windows counts them in an int */

static inline int sys_clamp(size_t size) { return (int)(size < SYS_SIZE_MAX ? size : SYS_SIZE_MAX); }

/* UTF-8 as UTF-16, and back, in memory for free(); NULL and errno. */
wchar_t *sys_widen(const char *text);
char *sys_narrow(const wchar_t *text);

/* A thread that waits: Ctrl-C wakes it. See wait.c. */
typedef struct sys_Sleeper {
  struct sys_Sleeper *next, **place;
  HANDLE handle; /* an event, or the completion port */
  int is_port;
} sys_Sleeper;

/* 0; or -1 and EINTR, where Ctrl-C has been pressed just now: then there is nothing to end. */
int sys_sleep_begin(sys_Sleeper *sleeper);
/* The same for a wait that has ended. */
int sys_sleep_end(sys_Sleeper *sleeper);

/* Milliseconds for Windows: rounded up. */
DWORD sys_milliseconds(int64_t ns);

/* AFD, the driver of sockets, to ask: NULL and errno where it cannot be opened. */
HANDLE sys_afd_open(void);
/* Asks for the events of a request: an NTSTATUS. It has ended by then, or ends later, which the event, or the port of the device, tells. */
LONG sys_afd_ask(HANDLE device, HANDLE event, void *context, void *status, sys_AfdPoll *poll, size_t size);
void sys_afd_cancel(HANDLE device, void *status);
/* The socket as AFD knows it: below what other programs have put around it. NULL and errno. */
HANDLE sys_afd_socket(sys_fd fd);
/* An errno for what it has answered. */
int sys_afd_errno(LONG status);

#define AFD_READ 0x1
#define AFD_URGENT 0x2
#define AFD_WRITE 0x4
#define AFD_DISCONNECT 0x8
#define AFD_ABORT 0x10
#define AFD_CLOSED 0x20 /* by this process */
#define AFD_ACCEPT 0x80
#define AFD_REFUSED 0x100

#endif
