/* SPDX-License-Identifier: MIT */
/* Copies of host entries, for systems whose gethostbyname(3) keeps its result in memory of the thread that called it. */
#include "../system.h"

#ifndef SYS_HOSTS_R
#include <string.h>

/* Texts and addresses, one after the other, in memory that is given. */
typedef struct Room {
  char *at;
  size_t left;
} Room;

/* NULL where it does not fit. */
static void *take(Room *room, const void *data, size_t size) {
  size_t whole = (size + 7) & ~(size_t)7;
  if (whole > room->left) return NULL;
  void *place = room->at;
  if (data != NULL) memcpy(place, data, size);
  room->at += whole;
  room->left -= whole;
  return place;
}

/* A list that ends with NULL, whose elements are texts (size 0) or of that size; NULL where it does not fit. */
static char **take_list(Room *room, char **from, size_t size) {
  size_t count = 0;
  while (from[count] != NULL) count++;
  char **to = take(room, NULL, (count + 1) * sizeof *to);
  for (size_t i = 0; to != NULL && i < count; i++) {
    to[i] = take(room, from[i], size > 0 ? size : strlen(from[i]) + 1);
    if (to[i] == NULL) return NULL;
  }
  if (to != NULL) to[count] = NULL;
  return to;
}

int sys_hostent_copy(const struct hostent *from, struct hostent *space, char *buffer, size_t size,
                     struct hostent **result) {
  Room room = {buffer, size};
  *result = NULL;
  if (from == NULL) return 0;
  *space = *from;
  space->h_name = take(&room, from->h_name, strlen(from->h_name) + 1);
  space->h_aliases = take_list(&room, from->h_aliases, 0);
  space->h_addr_list = take_list(&room, from->h_addr_list, (size_t)from->h_length);
  if (space->h_name == NULL || space->h_aliases == NULL || space->h_addr_list == NULL) return ERANGE;
  *result = space;
  return 0;
}
#endif
