/* SPDX-License-Identifier: MIT */
/* Windows' addresses of Hyper-V. */
#ifndef HVSOCKET_H
#define HVSOCKET_H

#include "types.h"

#define HVSOCKET_ADDRESS_FLAG_PASSTHRU 0x1
#define HVSOCKET_CONNECTED_SUSPEND 0x4
#define HVSOCKET_CONNECT_TIMEOUT 0x1
#define HVSOCKET_CONNECT_TIMEOUT_MAX 300000
#define HV_PROTOCOL_RAW 1

typedef struct {
  ADDRESS_FAMILY Family;
  USHORT Reserved;
  GUID VmId, ServiceId;
} SOCKADDR_HV;

#endif
