/* SPDX-License-Identifier: MIT */
/*
** The headers for Bluetooth: those of BlueZ, of FreeBSD, of NetBSD and DragonFly BSD, or of Windows. BlueZ's names are
** used here, in constants.txt and in bluetooth.c, also where the other headers have different ones. The macro of a
** protocol, or of a part of an address, is missing if the headers lack it. PS_BLUETOOTH is defined if there are any
** headers.
*/
#ifndef PS_ADDRESS_BLUETOOTH_H
#define PS_ADDRESS_BLUETOOTH_H

#include "../system.h"

#ifdef AF_BLUETOOTH
#if __has_include(<netgraph/bluetooth/include/ng_btsocket.h>)
#define PS_BLUETOOTH 1
#define L2CAP_SOCKET_CHECKED 1 /* suppresses the header's warning that members of an address are new */
#include <bluetooth.h>
#define BTPROTO_HCI BLUETOOTH_PROTO_HCI
#define BTPROTO_L2CAP BLUETOOTH_PROTO_L2CAP
#define BTPROTO_RFCOMM BLUETOOTH_PROTO_RFCOMM
#define BTPROTO_SCO BLUETOOTH_PROTO_SCO
#define SOL_HCI SOL_HCI_RAW
#define HCI_FILTER SO_HCI_RAW_FILTER
#define HCI_DATA_DIR SO_HCI_RAW_DIRECTION
#define PS_HCI_NODE 1 /* an HCI address is the name of a node */
#define sockaddr_l2 sockaddr_l2cap
#define l2_psm l2cap_psm
#define l2_bdaddr l2cap_bdaddr
#define l2_cid l2cap_cid
#define l2_bdaddr_type l2cap_bdaddr_type
#define sockaddr_rc sockaddr_rfcomm
#define rc_bdaddr rfcomm_bdaddr
#define rc_channel rfcomm_channel

#elif __has_include(<netbt/bluetooth.h>)
#define PS_BLUETOOTH 1
#include <netbt/bluetooth.h>
#include <netbt/hci.h>
#include <netbt/l2cap.h>
#include <netbt/rfcomm.h>
#include <netbt/sco.h>
#define SOL_HCI BTPROTO_HCI
#define SOL_L2CAP BTPROTO_L2CAP
#define SOL_RFCOMM BTPROTO_RFCOMM
#define SOL_SCO BTPROTO_SCO
#define HCI_DATA_DIR SO_HCI_DIRECTION
#define sockaddr_l2 sockaddr_bt
#define l2_psm bt_psm
#define l2_bdaddr bt_bdaddr
#define l2_cid bt_channel
#define htobs(n) (n) /* in an address the PSM is in host order */
#define btohs(n) (n)
#define sockaddr_rc sockaddr_bt
#define rc_bdaddr bt_bdaddr
#define rc_channel bt_channel
#define sockaddr_hci sockaddr_bt
#define hci_bdaddr bt_bdaddr /* an HCI address is the address of a device */
#define sockaddr_sco sockaddr_bt
#define sco_bdaddr bt_bdaddr

#elif __has_include(<ws2bth.h>)
#define PS_BLUETOOTH 1
#define PS_BLUETOOTH_WIDE_CHANNEL 1
#include <ws2bth.h>
#define BTPROTO_RFCOMM BTHPROTO_RFCOMM

typedef struct {
  uint8_t b[6];
} bdaddr_t;

/* A SOCKADDR_BTH, whose member btAddr is a number of 64 bits: its lower six bytes are the device's address. */
struct sockaddr_rc {
  USHORT rc_family;
  bdaddr_t rc_bdaddr;
  uint8_t rc_zero[2];
  GUID rc_service;
  uint32_t rc_channel;
} __attribute__((packed));

_Static_assert(sizeof(struct sockaddr_rc) == sizeof(SOCKADDR_BTH), "an address of RFCOMM has another size");
_Static_assert(offsetof(struct sockaddr_rc, rc_bdaddr) == offsetof(SOCKADDR_BTH, btAddr), "the device is elsewhere");
_Static_assert(offsetof(struct sockaddr_rc, rc_channel) == offsetof(SOCKADDR_BTH, port), "the channel is elsewhere");

#elif __has_include(<bluetooth/bluetooth.h>)
#define PS_BLUETOOTH 1
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>
#include <bluetooth/rfcomm.h>
#include <bluetooth/sco.h>
#define PS_HCI_DEVICE 1 /* an HCI address is the number of a device, and a channel */
#endif
#endif

#ifdef PS_BLUETOOTH_WIDE_CHANNEL
typedef uint32_t RfcommChannel;
#else
typedef uint8_t RfcommChannel;
#endif

#endif
