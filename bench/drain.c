// Reads what a log program writes and counts the lines in it that the app wrote.
//
//   drain MARKER EXPECTED IDLE_MS
//
// A line counts when MARKER is in it, however the log program has wrapped, split or glued it.
// Ends at end of file, when EXPECTED markers have come, or when nothing came for IDLE_MS after the
// first one (some log programs stay up after their app has gone). Prints the count and the
// nanoseconds from the first read with a marker to the last.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kChunk = 1 << 20, kLongestMarker = 64 };

static long long now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

int main(int argc, char** argv) {
  static char bytes[kLongestMarker + kChunk];
  const size_t marker = argc == 4 ? strlen(argv[1]) : 0;
  if (marker == 0 || marker > kLongestMarker) {
    fprintf(stderr, "usage: drain MARKER EXPECTED IDLE_MS\n");
    return 2;
  }
  const long expected = atol(argv[2]);
  const int idle_ms = atoi(argv[3]);
  long count = 0;
  long long first = 0, last = 0;
  size_t kept = 0;  // the end of the last read, which may hold the beginning of a marker
  while (count < expected) {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, count > 0 ? idle_ms : -1) == 0) break;
    const ssize_t got = read(STDIN_FILENO, bytes + kept, kChunk);
    if (got <= 0) break;
    const char *at = bytes, *end = bytes + kept + (size_t)got;
    const long before = count;
    for (char* hit; (hit = memmem(at, (size_t)(end - at), argv[1], marker)) != NULL; count++)
      at = hit + marker;
    if (count > before) {
      last = now();
      if (first == 0) first = last;
    }
    const size_t rest = (size_t)(end - at);
    kept = rest < marker - 1 ? rest : marker - 1;
    memmove(bytes, end - kept, kept);
  }
  printf("%ld %lld\n", count, last - first);
  return 0;
}
