/* SPDX-License-Identifier: MIT */
/* Windows' types of the members of an address. */
#ifndef TYPES_H
#define TYPES_H

#include <stdint.h>

typedef uint16_t USHORT, ADDRESS_FAMILY;
typedef uint32_t ULONG;
typedef uint64_t ULONGLONG;

typedef struct {
  uint32_t Data1;
  uint16_t Data2, Data3;
  uint8_t Data4[8];
} GUID;

#endif
