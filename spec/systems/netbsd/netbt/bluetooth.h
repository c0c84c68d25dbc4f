/* SPDX-License-Identifier: MIT */
/* NetBSD's addresses of Bluetooth: bluetooth(4). */
#ifndef NETBT_BLUETOOTH_H
#define NETBT_BLUETOOTH_H

#include <stdint.h>
#include <sys/socket.h>

typedef struct {
  uint8_t b[6];
} __attribute__((packed)) bdaddr_t;

struct sockaddr_bt {
  uint8_t bt_len;
  sa_family_t bt_family;
  bdaddr_t bt_bdaddr;
  uint16_t bt_psm;
  uint8_t bt_channel;
  uint8_t bt_zero[5];
};

#define BTPROTO_HCI 1
#define BTPROTO_L2CAP 2
#define BTPROTO_RFCOMM 3
#define BTPROTO_SCO 4

#endif
