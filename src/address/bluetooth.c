/* SPDX-License-Identifier: MIT */
/* AF_BLUETOOTH, by protocol: {addr, psm[, cid[, addr_type]]} (L2CAP), {addr, channel} (RFCOMM), addr (SCO). For HCI,
   the form depends on the system: device or {device[, channel]}, the name of a node, or addr. A wrong form raises an
   OSError, as in Python. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

#ifdef PS_BLUETOOTH

#define TEXT_SIZE sizeof "00:00:00:00:00:00"

static int wrong_format(lua_State *L) { return ps_address_error(L, "wrong format"); }

/* Checks that the address is a table of at most 'max' elements. The read of an element raises the error for a missing
   one. */
static void check_shape(lua_State *L, int arg, int max) {
  if (lua_type(L, arg) != LUA_TTABLE || luaL_len(L, arg) > max) wrong_format(L);
}

/* Element 'i' within 0..max, or 'absent', unless that is negative, if there is no such element. */
static lua_Integer check_number(lua_State *L, int arg, const Codec *codec, int i, lua_Integer max, lua_Integer absent) {
  int isnum;
  if (ps_address_element(L, arg, codec, i) == LUA_TNIL && absent >= 0) return absent;
  lua_Integer value = ps_to_integer(L, -1, &isnum);
  if (!isnum || value < 0 || value > max) wrong_format(L);
  return value;
}

static void bdaddr_parse(lua_State *L, const char *text, bdaddr_t *to) {
  const char *digits = "0123456789abcdefABCDEF", *next = text;
  for (int i = 5; i >= 0; i--) {
    size_t len = strspn(next, digits);
    if (len < 1 || len > 2 || next[len] != (i > 0 ? ':' : '\0')) ps_address_error(L, "bad bluetooth address");
    to->b[i] = (uint8_t)strtoul(next, NULL, 16);
    next += len + 1;
  }
}

static void check_bdaddr(lua_State *L, int arg, const Codec *codec, bdaddr_t *to) {
  size_t len;
  if (ps_address_element(L, arg, codec, 1) != LUA_TSTRING) wrong_format(L);
  const char *text = lua_tolstring(L, -1, &len);
  if (strlen(text) != len) wrong_format(L);
  bdaddr_parse(L, text, to);
}

static void push_bdaddr(lua_State *L, const bdaddr_t *from) {
  const uint8_t *b = from->b;
  char text[TEXT_SIZE];
  snprintf(text, sizeof text, "%02X:%02X:%02X:%02X:%02X:%02X", b[5], b[4], b[3], b[2], b[1], b[0]);
  lua_pushstring(L, text);
}

static const char *const rfcomm_fields[] = {"addr", "channel", NULL};

static int rfcomm_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_rc *rc = (struct sockaddr_rc *)&a->any;
  check_shape(L, arg, 2);
  lua_Integer max = (RfcommChannel)-1;
  rc->rc_channel = (RfcommChannel)check_number(L, arg, &ps_codec_rfcomm, 2, max, -1);
  check_bdaddr(L, arg, &ps_codec_rfcomm, &rc->rc_bdaddr);
  return 1;
}

static int rfcomm_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_rc rc;
  ps_address_copy(a, &rc, sizeof rc);
  push_bdaddr(L, &rc.rc_bdaddr);
  lua_pushinteger(L, rc.rc_channel);
  return 2;
}

const Codec ps_codec_rfcomm = {AF_BLUETOOTH,  BTPROTO_RFCOMM, "RFCOMM",   sizeof(struct sockaddr_rc),
                               rfcomm_fields, rfcomm_check,   rfcomm_push};

#ifdef BTPROTO_L2CAP /* headers without L2CAP have neither HCI nor SCO */

static const char *const l2cap_fields[] = {"addr", "psm", "cid",
#ifdef BDADDR_BREDR
                                           "addr_type",
#endif
                                           NULL};

static int l2cap_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_l2 *l2 = (struct sockaddr_l2 *)&a->any;
  const Codec *codec = &ps_codec_l2cap;
  check_shape(L, arg, (int)(sizeof l2cap_fields / sizeof *l2cap_fields) - 1);
  l2->l2_psm = htobs((uint16_t)check_number(L, arg, codec, 2, 0xFFFF, -1));
  lua_Integer cid = check_number(L, arg, codec, 3, sizeof l2->l2_cid == 1 ? 0xFF : 0xFFFF, 0);
#ifdef BDADDR_BREDR
  l2->l2_cid = htobs((uint16_t)cid);
  l2->l2_bdaddr_type = (uint8_t)check_number(L, arg, codec, 4, 0xFF, BDADDR_BREDR);
#else
  l2->l2_cid = (uint8_t)cid;
#endif
  check_bdaddr(L, arg, codec, &l2->l2_bdaddr);
  return 1;
}

/* Omits the channel and the type of the address if they have their default values. */
static int l2cap_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_l2 l2;
  ps_address_copy(a, &l2, sizeof l2);
  push_bdaddr(L, &l2.l2_bdaddr);
  lua_pushinteger(L, btohs(l2.l2_psm));
#ifdef BDADDR_BREDR
  if (l2.l2_bdaddr_type != BDADDR_BREDR) {
    lua_pushinteger(L, btohs(l2.l2_cid));
    lua_pushinteger(L, l2.l2_bdaddr_type);
    return 4;
  }
#endif
  if (l2.l2_cid == 0) return 2;
  lua_pushinteger(L, btohs(l2.l2_cid));
  return 3;
}

const Codec ps_codec_l2cap = {AF_BLUETOOTH, BTPROTO_L2CAP, "L2CAP",   sizeof(struct sockaddr_l2),
                              l2cap_fields, l2cap_check,   l2cap_push};

/* Reads an address that consists of the device's address alone. */
static int check_lone_bdaddr(lua_State *L, int arg, const char *name, bdaddr_t *to) {
  if (lua_type(L, arg) != LUA_TSTRING) wrong_format(L);
  bdaddr_parse(L, ps_check_name(L, arg, name), to);
  return 1;
}

#ifdef PS_HCI_DEVICE

static const char *const hci_fields[] = {"device", "channel", NULL};

static int hci_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_hci *hci = (struct sockaddr_hci *)&a->any;
  hci->hci_channel = HCI_CHANNEL_RAW;
  if (lua_type(L, arg) == LUA_TNUMBER) {
    hci->hci_dev = (uint16_t)ps_check_integer(L, arg, "device", 0, 0xFFFF);
    return 1;
  }
  check_shape(L, arg, 2);
  hci->hci_dev = (uint16_t)check_number(L, arg, &ps_codec_hci, 1, 0xFFFF, -1);
  hci->hci_channel = (uint16_t)check_number(L, arg, &ps_codec_hci, 2, 0xFFFF, HCI_CHANNEL_RAW);
  return 1;
}

static int hci_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_hci hci;
  ps_address_copy(a, &hci, sizeof hci);
  lua_pushinteger(L, hci.hci_dev);
  if (hci.hci_channel == HCI_CHANNEL_RAW) return 0;
  lua_pushinteger(L, hci.hci_channel);
  return 2;
}

#else

#define hci_fields NULL

static int hci_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_hci *hci = (struct sockaddr_hci *)&a->any;
#ifdef PS_HCI_NODE
  size_t len, room = sizeof hci->hci_node;
  if (lua_type(L, arg) != LUA_TSTRING) wrong_format(L);
  const char *name = ps_check_name(L, arg, "HCI address");
  if ((len = strlen(name)) > room)
    ps_arg_error(L, arg, "node too long, got %I bytes of at most %I", (lua_Integer)len, (lua_Integer)room);
  memcpy(hci->hci_node, name, len);
  return 1;
#else
  return check_lone_bdaddr(L, arg, "HCI address", &hci->hci_bdaddr);
#endif
}

static int hci_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_hci hci;
  ps_address_copy(a, &hci, sizeof hci);
#ifdef PS_HCI_NODE
  lua_pushlstring(L, hci.hci_node, strnlen(hci.hci_node, sizeof hci.hci_node));
#else
  push_bdaddr(L, &hci.hci_bdaddr);
#endif
  return 0;
}

#endif

const Codec ps_codec_hci = {AF_BLUETOOTH, BTPROTO_HCI, "HCI",   sizeof(struct sockaddr_hci),
                            hci_fields,   hci_check,   hci_push};

static int sco_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  struct sockaddr_sco *sco = (struct sockaddr_sco *)&a->any;
  return check_lone_bdaddr(L, arg, "SCO address", &sco->sco_bdaddr);
}

static int sco_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  struct sockaddr_sco sco;
  ps_address_copy(a, &sco, sizeof sco);
  push_bdaddr(L, &sco.sco_bdaddr);
  return 0;
}

const Codec ps_codec_sco = {AF_BLUETOOTH, BTPROTO_SCO, "SCO", sizeof(struct sockaddr_sco), NULL, sco_check, sco_push};

#endif

static int bluetooth_check(lua_State *L, int arg, int proto, Address *a) {
  (void)arg, (void)proto, (void)a;
  return ps_address_error(L, "unknown Bluetooth protocol");
}

static int bluetooth_push(lua_State *L, const Address *a, int proto) {
  (void)L, (void)a, (void)proto;
  return -1;
}

const Codec ps_codec_bluetooth = {AF_BLUETOOTH, PS_ANY_PROTO,    "AF_BLUETOOTH", sizeof(struct sockaddr),
                                  NULL,         bluetooth_check, bluetooth_push};

#endif
