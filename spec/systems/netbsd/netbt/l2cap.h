/* SPDX-License-Identifier: MIT */
/* Options of NetBSD's L2CAP sockets: bluetooth(4). */
#define SO_L2CAP_IMTU 1
#define SO_L2CAP_OMTU 2
#define SO_L2CAP_LM 6
#define L2CAP_LM_AUTH 1
#define L2CAP_LM_ENCRYPT 2
#define L2CAP_LM_SECURE 4
