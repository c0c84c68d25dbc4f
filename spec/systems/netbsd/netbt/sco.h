/* SPDX-License-Identifier: MIT */
/* Options of NetBSD's SCO sockets: bluetooth(4). */
#define SO_SCO_MTU 1
#define SO_SCO_HANDLE 2
