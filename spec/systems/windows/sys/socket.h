/* SPDX-License-Identifier: MIT */
/* In front of the system's own: what Windows has of families. */
#include_next <sys/socket.h>

#undef AF_BLUETOOTH
#undef PF_BLUETOOTH
#define AF_BLUETOOTH 32
#define AF_HYPERV 34
