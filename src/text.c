/* SPDX-License-Identifier: MIT */
/*
** Text mode: the encoding and the newlines of the bytes that a file reads. The encoding is checked for all bytes in the
** buffer, because each read needs to know which of them it may return. Newlines are translated as late as possible,
** because other files of the socket may read the original bytes.
*/
#include <stdio.h>
#include <string.h>

#include "stream.h"

struct Encoding {
  const char *name;
  /* The number of bytes of the first character; 0 if it may be incomplete; the negative number of bytes of an invalid
     sequence. */
  int (*step)(const unsigned char *text, size_t length);
};

static int ascii_step(const unsigned char *text, size_t length) {
  (void)length;
  return *text < 0x80 ? 1 : -1;
}

/* After E0, ED, F0 and F4, only a part of the range is valid for the second byte. */
static int utf8_step(const unsigned char *text, size_t length) {
  int lead = *text, width = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return -1;
  int least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  int most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (int i = 1; i < width; i++, least = 0x80, most = 0xBF) {
    if ((size_t)i == length) return 0;
    if (text[i] < least || text[i] > most) return -i;
  }
  return width;
}

static const Encoding utf8 = {"utf-8", utf8_step}, ascii = {"ascii", ascii_step};

static const struct {
  const char *name;
  const Encoding *codec; /* NULL: every byte is valid */
} encodings[] = {{"utf-8", &utf8},  {"utf8", &utf8},  {"ascii", &ascii},    {"us-ascii", &ascii},
                 {"latin-1", NULL}, {"latin1", NULL}, {"iso-8859-1", NULL}, {"binary", NULL}};

static const char *const handlers[][2] = {{"strict", NULL}, {"replace", "\xEF\xBF\xBD"}, {"ignore", ""}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Compares names without regard to case, with "_" for "-". */
static int same_name(const char *given, const char *name) {
  for (; *given != '\0' && *name != '\0'; given++, name++) {
    int c = *given == '_' ? '-' : *given >= 'A' && *given <= 'Z' ? *given + 32 : *given;
    if (c != *name) return 0;
  }
  return *given == *name;
}

const char *ps_text_configure(lua_State *L, Text *text, int encoding, int errors) {
  size_t i = 0;
  if (!lua_isnil(L, encoding)) {
    const char *name = lua_tostring(L, encoding);
    while (i < COUNT(encodings) && (name == NULL || !same_name(name, encodings[i].name))) i++;
    if (i == COUNT(encodings)) return "encoding";
    text->codec = encodings[i].codec;
  }
  const char *name = lua_isnil(L, errors) ? handlers[0][0] : lua_tostring(L, errors);
  for (i = 0; i < COUNT(handlers) && (name == NULL || strcmp(name, handlers[i][0]) != 0);) i++;
  if (i == COUNT(handlers)) return "errors";
  text->substitute = handlers[i][1];
  return NULL;
}

/* The number of valid bytes at the beginning. Since most text is ASCII, it looks at eight bytes at once. */
static size_t right_length(const Encoding *codec, const unsigned char *text, size_t length) {
  size_t i = 0;
  while (i < length) {
    uint64_t eight;
    if (length - i >= sizeof eight) {
      memcpy(&eight, text + i, sizeof eight);
      if ((eight & 0x8080808080808080) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    int width = codec->step(text + i, length - i);
    if (width <= 0) break;
    i += (size_t)width;
  }
  return i;
}

/* The number of invalid bytes at the beginning; 0 if more bytes are needed to know. */
static size_t wrong_width(const Encoding *codec, const unsigned char *text, size_t length, int final) {
  int width = codec->step(text, length);
  return width < 0 ? (size_t)-width : final ? length : 0;
}

/* Copies text with the substitute in place of invalid bytes, up to an incomplete character. Sets '*length' to the
   number of bytes that it has used, and returns the length of the copy. The copy may be at the place of the text or
   before it; for NULL, nothing is copied. */
static size_t copy_repaired(const Text *t, unsigned char *copy, const unsigned char *text, size_t *length, int final) {
  size_t i = 0, count = 0, width = strlen(t->substitute);
  while (i < *length) {
    size_t right = right_length(t->codec, text + i, *length - i);
    if (copy != NULL) memmove(copy + count, text + i, right);
    i += right;
    count += right;
    if (i == *length) break;
    size_t wrong = wrong_width(t->codec, text + i, *length - i, final);
    if (wrong == 0) break;
    if (copy != NULL) memcpy(copy + count, t->substitute, width);
    i += wrong;
    count += width;
  }
  *length = i;
  return count;
}

/* Moves the marks up to 'index' before an edit that adds 'grown' bytes there, so that they stay at the same bytes. */
static void move_marks(Stream *f, size_t index, ptrdiff_t grown) {
  uint64_t place = ps_place(f->in, index);
  for (int i = 0; i < PS_MARKS; i++)
    if (f->marks[i] <= place) f->marks[i] -= (uint64_t)grown;
}

static void cut(Stream *f, size_t index, size_t count) {
  move_marks(f, index, -(ptrdiff_t)count);
  ps_buffer_cut(f->in, index, count);
}

/* Replaces the invalid bytes behind 'index' by the substitute. Returns the index of the end of the valid bytes. If the
   text grows, its bytes are moved to the back first, so that the copy does not overtake them. */
static size_t repair(lua_State *L, Stream *f, size_t index, int final) {
  Block *block = &f->in->block;
  size_t known = block->last - index, offset = index - block->first;
  size_t count = copy_repaired(&f->text, NULL, (unsigned char *)block->data + index, &known, final);
  size_t grown = count > known ? count - known : 0, rest = block->last - index;
  ps_block_reserve(L, block, grown);
  index = block->first + offset;
  move_marks(f, index, (ptrdiff_t)(count - known));
  unsigned char *text = (unsigned char *)block->data + index;
  memmove(text + grown, text, rest);
  copy_repaired(&f->text, text, text + grown, &known, final);
  memmove(text + count, text + grown + known, rest - known);
  block->last = index + count + rest - known;
  f->in->changes++;
  return index + count;
}

/* Removes the "\n" that belongs to a "\r" before it, if it has come. */
static void end_pair(Stream *f) {
  uint64_t *translated = &f->marks[PS_MARK_TRANSLATED];
  size_t index = ps_index(f->in, *translated);
  if (ps_place(f->in, index) != *translated) f->text.after_cr = 0; /* another file has taken bytes beyond it */
  else if (index < f->in->block.last) {
    f->text.after_cr = 0;
    if (f->in->block.data[index] == '\n') cut(f, index, 1);
  }
}

size_t ps_text_end(lua_State *L, Stream *f, int final) {
  Text *t = &f->text;
  const Block *block = &f->in->block;
  if (t->after_cr) end_pair(f);
  if (t->codec == NULL) return block->last;
  size_t index = ps_index(f->in, t->checked);
  if (!t->broken) {
    size_t rest = block->last - index;
    const unsigned char *text = (const unsigned char *)ps_block_at(block, index);
    size_t right = rest == 0 ? 0 : right_length(t->codec, text, rest);
    index += right;
    if (right < rest && wrong_width(t->codec, text + right, rest - right, final) > 0) {
      if (t->substitute != NULL) index = repair(L, f, index, final);
      else t->broken = 1;
    }
    t->checked = ps_place(f->in, index);
  }
  return index;
}

void ps_text_check(lua_State *L, const Stream *f) {
  const Text *t = &f->text;
  if (!t->broken) return;
  int byte = (unsigned char)f->in->block.data[ps_index(f->in, t->checked)];
  char text[64];
  snprintf(text, sizeof text, "'%s' codec can't decode byte 0x%02x", t->codec->name, byte);
  ps_error_push_class(L, "UnicodeDecodeError", "read", "%s", text);
  lua_error(L);
}

/* Translates the newlines of a text in place. Returns its new length. */
static size_t translate(char *text, size_t length) {
  char *end = text + length, *cr = memchr(text, '\r', length), *copy = cr;
  if (cr == NULL) return length;
  while (cr != NULL) {
    *copy++ = '\n';
    char *from = cr + 1 < end && cr[1] == '\n' ? cr + 2 : cr + 1;
    cr = memchr(from, '\r', (size_t)(end - from));
    size_t piece = (size_t)((cr != NULL ? cr : end) - from);
    memmove(copy, from, piece);
    copy += piece;
  }
  return (size_t)(copy - text);
}

size_t ps_text_translate(Stream *f, size_t count, size_t end) {
  const Block *block = &f->in->block;
  if (f->newline != NEWLINE_UNIVERSAL) return end - block->first < count ? end - block->first : count;
  size_t index = ps_index(f->in, f->marks[PS_MARK_TRANSLATED]);
  while (index < end && index - block->first < count) {
    size_t missing = count - (index - block->first), length = end - index < missing ? end - index : missing;
    if (block->data[index + length - 1] == '\r' && index + length < end && block->data[index + length] == '\n')
      length++;
    f->text.after_cr = block->data[index + length - 1] == '\r' && index + length == block->last;
    size_t left = translate(block->data + index, length);
    size_t before = index - block->first, behind = end - index - length;
    if (left < length) cut(f, index + left, length - left);
    index = block->first + before + left;
    end = index + behind;
    f->marks[PS_MARK_TRANSLATED] = ps_place(f->in, index);
  }
  return index - block->first < count ? index - block->first : count;
}

void ps_text_take(Stream *f, size_t count) {
  Buffer *b = f->in;
  if (count == 0) return;
  int after_cr = f->newline == NEWLINE_UNIVERSAL && b->block.data[b->block.first + count - 1] == '\r';
  ps_block_take(&b->block, count);
  b->changes++;
  if (!after_cr) return;
  f->marks[PS_MARK_TRANSLATED] = ps_place(b, b->block.first);
  f->text.after_cr = 1;
}
