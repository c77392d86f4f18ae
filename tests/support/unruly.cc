// An app that misbehaves, for the soak test: `unruly MODE`, one of the table at the end.
//
// Every line is "START PID NUMBER", written by one write of its own: START is when the process
// began, NUMBER counts from 0. Who ends by itself says "START PID end COUNT" before.
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

long start = 0;
unsigned long lines = 0;

void nap(long milliseconds) {
  const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  ::nanosleep(&time, nullptr);
}

long random_below(long most) { return ::random() % most; }

void write_line(const char* text, int size) {
  if (::write(STDOUT_FILENO, text, static_cast<std::size_t>(size)) != size) _exit(98);
}

void say() {
  char line[96];
  write_line(line, std::snprintf(line, sizeof line, "%ld %d %lu\n", start, ::getpid(), lines));
  ++lines;
}

void say(long count) {
  for (long n = 0; n < count; ++n) say();
}

[[noreturn]] void end(int code) {
  char line[96];
  write_line(line, std::snprintf(line, sizeof line, "%ld %d end %lu\n", start, ::getpid(), lines));
  _exit(code);
}

[[noreturn]] void talk() {
  while (true) {
    say();
    nap(20 + random_below(60));
  }
}

[[noreturn]] void crash() {
  say(random_below(40));
  nap(random_below(300));
  if (random_below(3) == 0) ::raise(SIGSEGV);
  end(1 + static_cast<int>(random_below(3)));
}

[[noreturn]] void deaf() {
  ::signal(SIGTERM, SIG_IGN);
  talk();
}

[[noreturn]] void hang() {
  say(5);
  while (true) ::pause();
}

[[noreturn]] void flood() {
  say(20'000);
  end(0);
}

[[noreturn]] void leave_orphans() {
  for (int n = 0; n < 5; ++n) {
    if (::fork() != 0) continue;
    if (n % 2 == 0) ::setsid();
    if (::fork() == 0) nap(random_below(500));
    _exit(0);
  }
  say(3);
  nap(random_below(200));
  end(0);
}

struct Mode {
  std::string_view name;
  void (*run)();
};
constexpr Mode kModes[] = {{"talk", talk}, {"crash", crash}, {"deaf", deaf},
                           {"hang", hang}, {"flood", flood}, {"orphans", leave_orphans}};

}  // namespace

int main(int argc, char** argv) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  start = now.tv_sec * 1'000'000'000 + now.tv_nsec;
  ::srandom(static_cast<unsigned>(start ^ ::getpid()));
  for (const Mode& mode : kModes) {
    if (argc == 2 && mode.name == argv[1]) mode.run();
  }
  std::fputs("usage: unruly talk|crash|deaf|hang|flood|orphans\n", stderr);
  return 99;
}
