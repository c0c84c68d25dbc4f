/* SPDX-License-Identifier: MIT */
/* Windows' addresses of Bluetooth: a SOCKADDR_BTH has no padding. */
#ifndef WS2BTH_H
#define WS2BTH_H

#include "types.h"

typedef struct {
  USHORT addressFamily;
  ULONGLONG btAddr;
  GUID serviceClassId;
  ULONG port;
} __attribute__((packed)) SOCKADDR_BTH;

#define BTHPROTO_RFCOMM 3
#define SOL_RFCOMM BTHPROTO_RFCOMM
#define SO_BTH_ENCRYPT 0x2
#define SO_BTH_MTU 0x80000007
#define SO_BTH_MTU_MAX 0x80000008
#define SO_BTH_MTU_MIN 0x8000000a

#endif
