/* SPDX-License-Identifier: MIT */
/* FreeBSD's header of its library for Bluetooth, in part: bluetooth(3). */
#ifndef BLUETOOTH_H
#define BLUETOOTH_H

#include <endian.h>
#include <stdint.h>

typedef struct {
  uint8_t b[6];
} __attribute__((packed)) bdaddr_t;

#define BDADDR_BREDR 0
#define BDADDR_LE_PUBLIC 1
#define BDADDR_LE_RANDOM 2

#include <netgraph/bluetooth/include/ng_btsocket.h>

#define htobs(n) htole16(n)
#define btohs(n) le16toh(n)

#endif
