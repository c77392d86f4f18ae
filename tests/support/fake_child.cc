// A child process that does as it is told, for tests that look at an init from the outside.
//
// Its arguments are a script, run word by word from left to right; `{ ... }` is a script for
// another process. When the script ends it exits with 0. What it has to say goes, one line a write,
// to the descriptor in FAKE_CHILD_REPORT ("NAME what happened"); its stdout belongs to the test.
//
//   fake_child report-signals-until 64
//   fake_child orphan { name late ignore 15 hold } say bye exit 3
//
// The verbs are the table at the end. Signals are handled by plain system calls, since every libc
// keeps some of 32..34 for itself.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Words = std::vector<std::string>;

constexpr int kSignals = 64;
constexpr std::uint64_t kEverySignal = ~std::uint64_t{0};

// What the kernel calls struct sigaction; libc's has another layout.
struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};

std::string own_name = "child";

template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream joined;
  (joined << ... << parts);
  return joined.str();
}

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "fake_child: %s: %s\n", what.c_str(), std::strerror(errno));
  _exit(99);
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) give_up("write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

int report_fd() {
  const char* fd = std::getenv("FAKE_CHILD_REPORT");
  return fd == nullptr ? -1 : std::atoi(fd);
}

void report(const std::string& what) {
  if (report_fd() >= 0) write_all(report_fd(), text(own_name, " ", what, "\n"));
}

void block(std::uint64_t signals) {
  if (::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &signals, nullptr, sizeof signals) != 0)
    give_up("rt_sigprocmask");
}

void set_disposition(int signal, void (*handler)(int)) {
  const KernelSigaction action{handler, 0, nullptr, 0};
  if (::syscall(SYS_rt_sigaction, signal, &action, nullptr, sizeof action.mask) != 0)
    give_up(text("rt_sigaction ", signal));
}

int next_signal(const timespec* limit) {
  const long got =
      ::syscall(SYS_rt_sigtimedwait, &kEverySignal, nullptr, limit, sizeof kEverySignal);
  return got < 0 ? 0 : static_cast<int>(got);
}

// Says every signal that arrives; returns after `last`. Blocking comes before "ready", so that no
// signal sent by someone who has read "ready" can be missed.
void report_signals_until(int last) {
  block(kEverySignal);
  report(text("ready ", ::getpid()));
  while (true) {
    const int signal = next_signal(nullptr);
    if (signal == 0) continue;
    report(text("signal ", signal));
    if (signal == last) break;
  }
  block(0);
}

// Stays until a signal ends it, or until nobody listens to its reports any more.
void hold() {
  report(text("ready ", ::getpid()));
  pollfd listener{report_fd(), 0, 0};
  while (::poll(&listener, 1, -1) < 0 && errno == EINTR) {
  }
}

void report_place() {
  report(text("place pid=", ::getpid(), " parent=", ::getppid(), " group=", ::getpgrp(),
              " session=", ::getsid(0), " foreground=", ::tcgetpgrp(STDIN_FILENO)));
}

// The ids and signal state of this process without needing /proc.
void report_signal_state() {
  std::uint64_t mask = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, nullptr, &mask, sizeof mask);
  std::string changed;
  for (int signal = 1; signal <= kSignals; ++signal) {
    KernelSigaction action{};
    ::syscall(SYS_rt_sigaction, signal, nullptr, &action, sizeof action.mask);
    if (action.handler != SIG_DFL) changed += text(" ", signal);
  }
  std::string blocked;
  for (int signal = 1; signal <= kSignals; ++signal)
    if ((mask >> (signal - 1) & 1) != 0) blocked += text(" ", signal);
  report("blocked" + blocked);
  report("not-default" + changed);
}

void report_descriptors() {
  std::string open;
  for (int fd = 0; fd < 1024; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0) open += text(" ", fd);
  report("descriptors" + open);
}

void report_parent_death_signal() {
  int signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &signal);
  report(text("parent-death-signal ", signal));
}

void report_window() {
  winsize size{};
  ::ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
  report(text("window ", size.ws_col, "x", size.ws_row));
}

// Opens the path anew, as nginx and others do with /dev/stdout.
void open_and_write(const std::string& path, const std::string& words) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND);
  if (fd < 0) {
    report(text("open ", path, " ", std::strerror(errno)));
    return;
  }
  write_all(fd, words + "\n");
  ::close(fd);
  report("open " + path + " ok");
}

void print_lines(int fd, int count, std::size_t width) {
  std::string buffer;
  for (int i = 0; i < count; ++i) {
    std::string line = text("line ", i);
    if (line.size() < width) line += std::string(width - line.size(), '.');
    buffer += line + '\n';
    if (buffer.size() > 60000 || i + 1 == count) {
      write_all(fd, buffer);
      buffer.clear();
    }
  }
}

// `count` processes without a parent, in batches. Of each batch one half is already dead when its
// parent dies and is inherited as zombies; the other half notices the death and then dies itself.
void orphan_storm(int count) {
  constexpr int kBatch = 500;
  for (int left = count; left > 0; left -= kBatch) {
    const pid_t parent = ::fork();
    if (parent < 0) give_up("fork");
    if (parent == 0) {
      int death[2];
      if (::pipe(death) != 0) give_up("pipe");
      for (int i = 0; i < std::min(left, kBatch); ++i) {
        const pid_t orphan = ::fork();
        if (orphan < 0) give_up("fork");
        if (orphan != 0) continue;
        ::close(death[1]);
        char none;
        if (i % 2 == 0 && ::read(death[0], &none, 1) < 0) _exit(1);
        _exit(0);
      }
      _exit(0);
    }
    ::waitpid(parent, nullptr, 0);
  }
  report(text("storm ", count));
}

void copy_stdin() {
  char piece[65536];
  ssize_t got;
  while ((got = ::read(STDIN_FILENO, piece, sizeof piece)) > 0)
    write_all(STDOUT_FILENO, {piece, static_cast<std::size_t>(got)});
}

void kill_self(int signal) {
  if (signal != SIGKILL && signal != SIGSTOP) set_disposition(signal, SIG_DFL);
  block(0);
  ::kill(::getpid(), signal);
}

void run(const Words& script);

void run_and_exit(const Words& script) {
  run(script);
  _exit(0);
}

void in_a_fork(const Words& script) {
  const pid_t pid = ::fork();
  if (pid < 0) give_up("fork");
  if (pid == 0) run_and_exit(script);
}

// A process whose parent is gone before its script begins.
void as_orphan(const Words& script) {
  const pid_t between = ::fork();
  if (between < 0) give_up("fork");
  if (between == 0) {
    const pid_t me = ::getpid();
    if (::fork() == 0) {
      while (::getppid() == me) ::usleep(100);
      run_and_exit(script);
    }
    _exit(0);
  }
  ::waitpid(between, nullptr, 0);
}

// The words of a script, taken one after the other.
class Script {
 public:
  explicit Script(const Words& words) : words_(words) {}
  bool at_end() const { return at_ == words_.size(); }
  std::string word() {
    if (at_end()) give_up("the script ends too early");
    return words_[at_++];
  }
  int number() { return std::atoi(word().c_str()); }
  Words block() {
    if (word() != "{") give_up("expected {");
    Words inner;
    for (int depth = 1;;) {
      const std::string next = word();
      depth += next == "{" ? 1 : next == "}" ? -1 : 0;
      if (depth == 0) return inner;
      inner.push_back(next);
    }
  }

 private:
  const Words& words_;
  std::size_t at_ = 0;
};

struct Verb {
  std::string_view name;
  void (*perform)(Script&);
};

constexpr Verb kVerbs[] = {
    {"name", [](Script& s) { own_name = s.word(); }},
    {"report", [](Script& s) { report(s.word()); }},
    {"report-place", [](Script&) { report_place(); }},
    {"report-signal-state", [](Script&) { report_signal_state(); }},
    {"report-descriptors", [](Script&) { report_descriptors(); }},
    {"report-parent-death-signal", [](Script&) { report_parent_death_signal(); }},
    {"report-window", [](Script&) { report_window(); }},
    {"report-signals-until", [](Script& s) { report_signals_until(s.number()); }},
    {"hold", [](Script&) { hold(); }},
    {"ignore", [](Script& s) { set_disposition(s.number(), SIG_IGN); }},
    {"die-of", [](Script& s) { kill_self(s.number()); }},
    {"exit", [](Script& s) { _exit(s.number()); }},
    {"say", [](Script& s) { write_all(STDOUT_FILENO, s.word() + "\n"); }},
    {"complain", [](Script& s) { write_all(STDERR_FILENO, s.word() + "\n"); }},
    {"print", [](Script& s) { write_all(STDOUT_FILENO, s.word()); }},
    {"print-lines", [](Script& s) { print_lines(STDOUT_FILENO, s.number(), 0); }},
    {"print-wide-lines",
     [](Script& s) {
       const int count = s.number();
       print_lines(STDOUT_FILENO, count, static_cast<std::size_t>(s.number()));
     }},
    {"flood",
     [](Script&) {
       while (true) print_lines(STDOUT_FILENO, 1000, 100);
     }},
    {"copy-stdin", [](Script&) { copy_stdin(); }},
    {"open-and-write",
     [](Script& s) {
       const std::string path = s.word();
       open_and_write(path, s.word());
     }},
    {"close-output",
     [](Script&) {
       ::close(STDOUT_FILENO);
       ::close(STDERR_FILENO);
     }},
    {"new-session", [](Script&) { ::setsid(); }},
    {"new-group", [](Script&) { ::setpgid(0, 0); }},
    {"fork", [](Script& s) { in_a_fork(s.block()); }},
    {"orphan", [](Script& s) { as_orphan(s.block()); }},
    {"orphan-storm", [](Script& s) { orphan_storm(s.number()); }},
};

void run(const Words& script) {
  Script words(script);
  while (!words.at_end()) {
    const std::string name = words.word();
    const auto* verb = std::ranges::find(kVerbs, name, &Verb::name);
    if (verb == std::end(kVerbs)) give_up("unknown verb " + name);
    verb->perform(words);
  }
}

}  // namespace

int main(int count, char** words) { run_and_exit(Words(words + 1, words + count)); }
