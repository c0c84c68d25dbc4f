/* SPDX-License-Identifier: MIT */
/* FreeBSD's sockets of Bluetooth: ng_btsocket(4). */
#ifndef NG_BTSOCKET_H
#define NG_BTSOCKET_H

#define BLUETOOTH_PROTO_HCI 134
#define BLUETOOTH_PROTO_L2CAP 135
#define BLUETOOTH_PROTO_RFCOMM 136
#define BLUETOOTH_PROTO_SCO 137

struct sockaddr_hci {
  unsigned char hci_len, hci_family;
  char hci_node[32];
};

#define SOL_HCI_RAW 0x0802
#define SO_HCI_RAW_FILTER 1
#define SO_HCI_RAW_DIRECTION 2

struct sockaddr_sco {
  unsigned char sco_len, sco_family;
  bdaddr_t sco_bdaddr;
};

#define SOL_SCO 0x0209
#define SO_SCO_MTU 1
#define SO_SCO_CONNINFO 2

struct sockaddr_l2cap {
  unsigned char l2cap_len, l2cap_family;
  uint16_t l2cap_psm;
  bdaddr_t l2cap_bdaddr;
  uint16_t l2cap_cid;
  uint8_t l2cap_bdaddr_type;
};

#ifndef L2CAP_SOCKET_CHECKED
#warning "Make sure new member of socket address initialized"
#endif

#define SOL_L2CAP 0x1609
#define SO_L2CAP_IMTU 1
#define SO_L2CAP_OMTU 2
#define SO_L2CAP_FLUSH 5
#define SO_L2CAP_ENCRYPTED 6

struct sockaddr_rfcomm {
  unsigned char rfcomm_len, rfcomm_family;
  bdaddr_t rfcomm_bdaddr;
  uint8_t rfcomm_channel;
};

#define SOL_RFCOMM 0x0816
#define SO_RFCOMM_MTU 1
#define SO_RFCOMM_FC_INFO 2

#endif
