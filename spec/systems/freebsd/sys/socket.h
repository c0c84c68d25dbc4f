/* SPDX-License-Identifier: MIT */
/* In front of the system's own: FreeBSD has sockets for packets that a firewall diverts. */
#include_next <sys/socket.h>

#define AF_DIVERT 44
#define PF_DIVERT AF_DIVERT
