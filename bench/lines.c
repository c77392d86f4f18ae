// Writes log lines as fast as a pipe takes them: block after block of whole, numbered lines.
//
//   lines COUNT plain|pino|escapes|korean
//
// The same COUNT and kind give the same bytes, so that what comes out of a log program can be
// compared with what went in.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kBlock = 65536, kDigits = 9 };

struct Kind {
  const char* name;
  const char* line;  // '#########' is where the number goes
};

static const struct Kind kKinds[] = {
    // 100 bytes with the newline.
    {"plain",
     "######### GET /api/v1/orders/8812/items?page=3&sort=price 200 12.41 ms - 5123 bytes, cache "
     "hit eu-1\n"},
    // What pino prints with its HTTP plug-in: an object with its own time, level and pid.
    {"pino",
     "{\"level\":30,\"time\":1795408000123,\"pid\":17,\"hostname\":\"api\",\"reqId\":\"#########\","
     "\"req\":{\"method\":\"GET\",\"url\":\"/api/v1/orders/8812\"},\"res\":{\"statusCode\":200},"
     "\"responseTime\":12,\"msg\":\"request completed\"}\n"},
    // 100 bytes, 35 of which JSON must escape: colours, quotes, backslashes, tabs.
    {"escapes",
     "\033[32m#########\033[0m\t\"C:\\srv\\app\\x.js\"\t\"a\\b\"\t{\"k\":\"v\",\"n\":[\"1\",\"2\"]}"
     "\t\\\\\"q\"\\t\"ok\"\ttab\tend \033[1mbold\033[0m\n"},
    // UTF-8, three bytes a syllable.
    {"korean",
     "######### 주문 요청을 처리했습니다: 사용자 인증 완료, 재고 확인 완료, 결제 승인 "
     "대기\n"},
};

static const struct Kind* kind_named(const char* name) {
  for (size_t i = 0; i < sizeof kKinds / sizeof *kKinds; i++)
    if (strcmp(kKinds[i].name, name) == 0) return &kKinds[i];
  return NULL;
}

static void count_up(char* digits) {
  for (int i = kDigits - 1; i >= 0 && ++digits[i] > '9'; i--) digits[i] = '0';
}

// Nobody reads any more: that ends the program quietly, as SIGPIPE would.
static void write_all(const char* bytes, size_t length) {
  while (length > 0) {
    const ssize_t written = write(STDOUT_FILENO, bytes, length);
    if (written < 0) exit(1);
    bytes += written;
    length -= (size_t)written;
  }
}

int main(int argc, char** argv) {
  const struct Kind* kind = argc == 3 ? kind_named(argv[2]) : NULL;
  if (kind == NULL) {
    fprintf(stderr, "usage: lines COUNT plain|pino|escapes|korean\n");
    return 2;
  }
  const size_t length = strlen(kind->line);
  const size_t number_at = (size_t)(strchr(kind->line, '#') - kind->line);
  const long per_block = (long)(kBlock / length);

  static char block[kBlock];
  for (long i = 0; i < per_block; i++) memcpy(block + (size_t)i * length, kind->line, length);

  char number[kDigits + 1] = "000000000";
  for (long left = atol(argv[1]); left > 0; left -= per_block) {
    const long now = left < per_block ? left : per_block;
    for (long i = 0; i < now; i++) {
      memcpy(block + (size_t)i * length + number_at, number, kDigits);
      count_up(number);
    }
    write_all(block, (size_t)now * length);
  }
  return 0;
}
