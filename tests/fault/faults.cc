// Linked around the whole program (--wrap): system calls that fail when they are told to.
//
//   FAULT_CALL
//     the call that fails once: read, epoll_ctl, ...; system calls by number too: pwritev2
//   FAULT_NTH
//     which call of it, from 1; the child's calls before its exec count as well
//   FAULT_ERRNO
//     with which errno
//   FAULT_ALWAYS
//     a call that the kernel does not have: ENOSYS each time
//   FAULT_REPORT
//     a file that gets a line "injected", and, when the program ends, a line "allocations N": how
//     often memory was allocated since the child had started and the loop went to sleep for the
//     first time
//   FAULT_COUNTED, FAULT_FIRST, FAULT_LAST
//     counts only from the first to the last of these calls, when it is reported
#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// Of AddressSanitizer, whose headers not every compiler's package brings.
// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming)
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void*,
                                                                           size_t),
                                                         void (*freed)(const volatile void*));
extern "C" void __sanitizer_print_stack_trace();
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

// Declares the real function; what the program calls is defined under the name __wrap_NAME.
#define REAL(result, name, ...) \
  extern "C" result __real_##name(__VA_ARGS__)  // NOLINT(bugprone-reserved-identifier)

REAL(ssize_t, read, int, void*, size_t);
REAL(ssize_t, write, int, const void*, size_t);
REAL(ssize_t, tee, int, int, size_t, unsigned);
REAL(ssize_t, recvmsg, int, struct msghdr*, int);
REAL(int, open, const char*, int, ...);
REAL(int, fcntl, int, int, ...);
REAL(int, ioctl, int, unsigned long, ...);
REAL(int, prctl, int, ...);
REAL(long, syscall, long, ...);
REAL(int, clone, int (*)(void*), void*, int, void*, ...);
REAL(int, epoll_wait, int, epoll_event*, int, int);
REAL(void, _exit, int);

namespace {

// In static memory: the child shares it until its exec, so that its calls are counted too.
const char* failing_call = nullptr;
int failing_number = 0;
int failing_errno = 0;
const char* absent_call = nullptr;
const char* report_path = nullptr;
int calls = 0;
const char* counted_call = nullptr;
int counted_first = 0;
int counted_last = 0;
int counted_calls = 0;
bool child_has_started = false;
bool is_counting = false;
unsigned long allocations = 0;

void report(const char* line, size_t size) {
  if (report_path == nullptr) return;
  const int fd = __real_open(report_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  __real_write(fd, line, size);
  ::close(fd);
}

void report_allocations() {
  is_counting = false;
  char line[64];
  const int size = std::snprintf(line, sizeof line, "allocations %lu\n", allocations);
  report(line, static_cast<size_t>(size));
}

void count(const char* call) {
  if (counted_call == nullptr || std::strcmp(call, counted_call) != 0) return;
  ++counted_calls;
  if (counted_calls == counted_first) is_counting = true;
  if (counted_calls == counted_last) report_allocations();
}

bool fails(const char* call) {
  count(call);
  if (absent_call != nullptr && std::strcmp(call, absent_call) == 0) {
    errno = ENOSYS;
    return true;
  }
  if (failing_call == nullptr || std::strcmp(call, failing_call) != 0) return false;
  if (++calls != failing_number) return false;
  report("injected\n", 9);
  errno = failing_errno;
  return true;
}

const char* name_of_syscall(long number) {
  switch (number) {
    case SYS_signalfd4:
      return "signalfd4";
    case SYS_rt_sigtimedwait:
      return "rt_sigtimedwait";
    case SYS_pwritev2:
      return "pwritev2";
    case SYS_rt_sigprocmask:
      return "rt_sigprocmask";
    case SYS_rt_sigaction:
      return "rt_sigaction";
    case SYS_getdents64:
      return "getdents64";
    case SYS_setgroups:
      return "setgroups";
    case SYS_setresgid:
      return "setresgid";
    case SYS_setresuid:
      return "setresuid";
    case SYS_prlimit64:
      return "prlimit64";
    default:
      return "another syscall";
  }
}

void count_allocation(const volatile void*, size_t) {
  if (!is_counting) return;
  is_counting = false;  // printing may allocate
  if (allocations++ == 0) __sanitizer_print_stack_trace();
  is_counting = true;
}

void count_from_now() {
  if (counted_call == nullptr) is_counting = child_has_started;
}

void forget_freed(const volatile void*) {}

int number_in(const char* variable, int otherwise) {
  const char* const text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : otherwise;
}

[[gnu::constructor]] void read_orders() {
  failing_call = std::getenv("FAULT_CALL");
  failing_number = number_in("FAULT_NTH", 0);
  failing_errno = number_in("FAULT_ERRNO", EIO);
  absent_call = std::getenv("FAULT_ALWAYS");
  counted_call = std::getenv("FAULT_COUNTED");
  counted_first = number_in("FAULT_FIRST", 0);
  counted_last = number_in("FAULT_LAST", 0);
  report_path = std::getenv("FAULT_REPORT");
  __sanitizer_install_malloc_and_free_hooks(count_allocation, forget_freed);
}

}  // namespace

// Calls with fixed arguments that only fail or go through.
#define WRAP(name, parameters, arguments)  \
  extern "C" int __real_##name parameters; \
  extern "C" int __wrap_##name parameters; \
  extern "C" int __wrap_##name parameters { return fails(#name) ? -1 : __real_##name arguments; }

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
WRAP(waitpid, (pid_t pid, int* status, int options), (pid, status, options))
WRAP(pipe2, (int* ends, int flags), (ends, flags))
WRAP(epoll_create1, (int flags), (flags))
WRAP(epoll_ctl, (int epoll, int operation, int fd, epoll_event* event),
     (epoll, operation, fd, event))
WRAP(dup2, (int from, int to), (from, to))
WRAP(execve, (const char* path, char* const* argv, char* const* environment),
     (path, argv, environment))
WRAP(setpgid, (pid_t pid, pid_t group), (pid, group))
WRAP(setsid, (), ())
WRAP(sched_setaffinity, (pid_t pid, size_t size, const cpu_set_t* processors),
     (pid, size, processors))
WRAP(tcsetpgrp, (int fd, pid_t group), (fd, group))
WRAP(setpriority, (int which, unsigned who, int value), (which, who, value))
WRAP(chdir, (const char* path), (path))
WRAP(kill, (pid_t pid, int signal), (pid, signal))
WRAP(poll, (struct pollfd * fds, unsigned long count, int timeout), (fds, count, timeout))
WRAP(fstat, (int fd, struct stat* file), (fd, file))
WRAP(fchown, (int fd, uid_t user, gid_t group), (fd, user, group))
WRAP(socketpair, (int domain, int type, int protocol, int* ends), (domain, type, protocol, ends))
WRAP(accept4, (int fd, struct sockaddr* from, unsigned* size, int flags), (fd, from, size, flags))
WRAP(socket, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(fork, (), ())
WRAP(fchmod, (int fd, mode_t mode), (fd, mode))

extern "C" {

ssize_t __wrap_read(int fd, void* into, size_t size) {
  return fails("read") ? -1 : __real_read(fd, into, size);
}

ssize_t __wrap_tee(int from, int to, size_t size, unsigned flags) {
  return fails("tee") ? -1 : __real_tee(from, to, size, flags);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr* message, int flags) {
  return fails("recvmsg") ? -1 : __real_recvmsg(fd, message, flags);
}

ssize_t __wrap_write(int fd, const void* from, size_t size) {
  return fails("write") ? -1 : __real_write(fd, from, size);
}

int __wrap_open(const char* path, int flags, ...) {
  if (fails("open")) return -1;
  return (flags & O_CREAT) != 0 ? __real_open(path, flags, 0666) : __real_open(path, flags);
}

int __wrap_fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  return fails("fcntl") ? -1 : __real_fcntl(fd, command, argument);
}

int __wrap_ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  return fails("ioctl") ? -1 : __real_ioctl(fd, request, argument);
}

int __wrap_prctl(int option, ...) {
  va_list arguments;
  va_start(arguments, option);
  unsigned long values[4];
  for (unsigned long& value : values) value = va_arg(arguments, unsigned long);
  va_end(arguments);
  return fails("prctl") ? -1 : __real_prctl(option, values[0], values[1], values[2], values[3]);
}

long __wrap_syscall(long number, ...) {
  va_list arguments;
  va_start(arguments, number);
  long values[6];
  for (long& value : values) value = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_rt_sigtimedwait) count_from_now();
  if (fails(name_of_syscall(number))) return -1;
  return __real_syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

int __wrap_clone(int (*run)(void*), void* stack, int flags, void* argument, ...) {
  if (fails("clone")) return -1;
  const int pid = __real_clone(run, stack, flags, argument);
  child_has_started = pid > 0;
  return pid;
}

int __wrap_epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  count_from_now();
  return fails("epoll_wait") ? -1 : __real_epoll_wait(epoll, events, most, timeout);
}

[[noreturn]] void __wrap__exit(int code) {
  if (child_has_started && counted_call == nullptr) report_allocations();
  __real__exit(code);
  __builtin_unreachable();
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
