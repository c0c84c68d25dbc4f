/* SPDX-License-Identifier: MIT */
/* Options of NetBSD's HCI sockets: bluetooth(4). */
#define SO_HCI_EVT_FILTER 1
#define SO_HCI_PKT_FILTER 2
#define SO_HCI_DIRECTION 3
