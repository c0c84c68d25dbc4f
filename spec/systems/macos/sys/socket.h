/* SPDX-License-Identifier: MIT */
/* In front of the system's own: macOS has no Bluetooth among its sockets, and kernel controls. */
#include_next <sys/socket.h>

#undef AF_BLUETOOTH
#undef PF_BLUETOOTH
#define AF_SYSTEM 32
#define PF_SYSTEM AF_SYSTEM
