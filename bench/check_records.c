// Reads log records and says whether every line is one: valid UTF-8, one whole JSON object, at most
// 16,383 bytes, with the fields that every record has, each once.
//
//   check_records            reads stdin
//
// Prints how many lines are an app's records, how many are events, and how many are broken; the
// first broken ones go to stderr. A second opinion, written from the JSON grammar (RFC 8259) and
// sharing no code with what it checks.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kLongest = 16383, kBuffer = 1 << 20, kDeepest = 200, kShown = 3 };

// The keys of the outermost object that matter here, as bits.
enum { kTime = 1, kLevel = 2, kApp = 4, kInstance = 8, kPid = 16, kStream = 32, kEvent = 64 };
enum { kAppRecord = kTime | kLevel | kApp | kInstance | kPid | kStream };

struct Cursor {
  const unsigned char *at, *end;
  unsigned seen;  // keys of the outermost object
  bool twice;     // one of them came twice
};

static bool value(struct Cursor* c, int depth);

// One character of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF.
static bool multibyte(struct Cursor* c) {
  const unsigned char lead = *c->at++;
  unsigned char low = 0x80, high = 0xBF;
  int more;
  if (lead >= 0xC2 && lead <= 0xDF) {
    more = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    more = 2;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    more = 3;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return false;
  }
  for (; more > 0; more--, low = 0x80, high = 0xBF) {
    if (c->at == c->end || *c->at < low || *c->at > high) return false;
    c->at++;
  }
  return true;
}

static bool hex_digits(struct Cursor* c, int count) {
  for (; count > 0; count--, c->at++)
    if (c->at == c->end || strchr("0123456789abcdefABCDEF", *c->at) == NULL || *c->at == 0)
      return false;
  return true;
}

static bool string(struct Cursor* c) {
  if (c->at == c->end || *c->at++ != '"') return false;
  while (c->at < c->end) {
    const unsigned char byte = *c->at;
    if (byte == '"') {
      c->at++;
      return true;
    }
    if (byte < 0x20) return false;
    if (byte >= 0x80) {
      if (!multibyte(c)) return false;
    } else if (byte == '\\') {
      c->at++;
      if (c->at == c->end || *c->at == 0 || strchr("\"\\/bfnrtu", *c->at) == NULL) return false;
      if (*c->at++ == 'u' && !hex_digits(c, 4)) return false;
    } else {
      c->at++;
    }
  }
  return false;
}

static bool take(struct Cursor* c, char wanted) {
  if (c->at == c->end || *c->at != (unsigned char)wanted) return false;
  c->at++;
  return true;
}

static void space(struct Cursor* c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\r')) c->at++;
}

static bool digits(struct Cursor* c) {
  const unsigned char* start = c->at;
  while (c->at < c->end && *c->at >= '0' && *c->at <= '9') c->at++;
  return c->at > start;
}

static bool number(struct Cursor* c) {
  take(c, '-');
  if (!take(c, '0') && !digits(c)) return false;
  if (take(c, '.') && !digits(c)) return false;
  if (take(c, 'e') || take(c, 'E')) {
    if (!take(c, '+')) take(c, '-');
    return digits(c);
  }
  return true;
}

static bool word(struct Cursor* c, const char* wanted) {
  const size_t length = strlen(wanted);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, wanted, length) != 0) return false;
  c->at += length;
  return true;
}

static void note_key(struct Cursor* c, const unsigned char* key, size_t length) {
  static const struct {
    const char* name;
    unsigned bit;
  } kKeys[] = {{"\"time\"", kTime},         {"\"level\"", kLevel}, {"\"app\"", kApp},
               {"\"instance\"", kInstance}, {"\"pid\"", kPid},     {"\"stream\"", kStream},
               {"\"event\"", kEvent}};
  for (size_t i = 0; i < sizeof kKeys / sizeof *kKeys; i++) {
    if (strlen(kKeys[i].name) != length || memcmp(kKeys[i].name, key, length) != 0) continue;
    if ((c->seen & kKeys[i].bit) != 0) c->twice = true;
    c->seen |= kKeys[i].bit;
  }
}

static bool object(struct Cursor* c, int depth) {
  c->at++;
  space(c);
  if (take(c, '}')) return true;
  do {
    space(c);
    const unsigned char* key = c->at;
    if (!string(c)) return false;
    if (depth == 0) note_key(c, key, (size_t)(c->at - key));
    space(c);
    if (!take(c, ':') || !value(c, depth + 1)) return false;
    space(c);
  } while (take(c, ','));
  return take(c, '}');
}

static bool array(struct Cursor* c, int depth) {
  c->at++;
  space(c);
  if (take(c, ']')) return true;
  do {
    if (!value(c, depth + 1)) return false;
    space(c);
  } while (take(c, ','));
  return take(c, ']');
}

static bool value(struct Cursor* c, int depth) {
  space(c);
  if (c->at == c->end || depth > kDeepest) return false;
  switch (*c->at) {
    case '{':
      return object(c, depth);
    case '[':
      return array(c, depth);
    case '"':
      return string(c);
    case 't':
      return word(c, "true");
    case 'f':
      return word(c, "false");
    case 'n':
      return word(c, "null");
    default:
      return number(c);
  }
}

struct Tally {
  long app, events, broken;
};

static void judge(struct Tally* tally, const char* line, size_t length) {
  struct Cursor c = {(const unsigned char*)line, (const unsigned char*)line + length, 0, false};
  const bool whole = length > 0 && line[0] == '{' && object(&c, 0) && c.at == c.end;
  if (whole && !c.twice && length <= kLongest) {
    if ((c.seen & kAppRecord) == kAppRecord) {
      tally->app++;
      return;
    }
    if ((c.seen & (kTime | kLevel | kEvent)) == (kTime | kLevel | kEvent) &&
        (c.seen & kStream) == 0) {
      tally->events++;
      return;
    }
  }
  if (tally->broken++ < kShown)
    fprintf(stderr, "no record: %.*s\n", (int)(length < 300 ? length : 300), line);
}

int main(void) {
  static char bytes[kBuffer];
  struct Tally tally = {0, 0, 0};
  size_t have = 0;
  for (ssize_t got; (got = read(STDIN_FILENO, bytes + have, kBuffer - have)) > 0;) {
    have += (size_t)got;
    char* start = bytes;
    for (char* end; (end = memchr(start, '\n', have - (size_t)(start - bytes))) != NULL;) {
      judge(&tally, start, (size_t)(end - start));
      start = end + 1;
    }
    have -= (size_t)(start - bytes);
    memmove(bytes, start, have);
    if (have == kBuffer) {  // a megabyte without a line end
      tally.broken++;
      have = 0;
    }
  }
  if (have > 0) tally.broken++;  // a last line without its end
  printf("%ld %ld %ld\n", tally.app, tally.events, tally.broken);
  return tally.broken == 0 ? 0 : 1;
}
