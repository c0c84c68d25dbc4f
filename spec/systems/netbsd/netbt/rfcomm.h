/* SPDX-License-Identifier: MIT */
/* Options of NetBSD's RFCOMM sockets: bluetooth(4). */
#define SO_RFCOMM_MTU 1
#define SO_RFCOMM_LM 3
#define RFCOMM_LM_AUTH 1
#define RFCOMM_LM_ENCRYPT 2
#define RFCOMM_LM_SECURE 4
