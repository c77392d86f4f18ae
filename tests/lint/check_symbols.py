#!/usr/bin/env python3
"""Fails when the pure library calls the system: no processes, descriptors, clocks, environment,
randomness, threads or printing. usage: check_symbols.py LIBRARY [NM]"""
import re
import subprocess
import sys

# C functions, with the variants libcs have of them (__read_chk, open64, clock_gettime64).
DENIED = """
  fork vfork clone clone3 execve execv execvp execvpe fexecve posix_spawn posix_spawnp system popen
  exit _exit _Exit quick_exit
  wait waitpid waitid wait4 kill killpg tgkill tkill raise pidfd_open pidfd_send_signal
  signal sigaction sigprocmask pthread_sigmask signalfd sigwaitinfo sigtimedwait sigqueue
  read readv pread write writev pwrite open openat creat close dup dup2 dup3 pipe pipe2 fcntl ioctl
  stat lstat fstat fstatat access faccessat unlink rename mkdir chdir readlink opendir readdir
  poll ppoll select pselect epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd timerfd_create
  socket bind listen accept accept4 connect send sendmsg sendto recv recvmsg recvfrom
  clock_gettime clock_getres gettimeofday time ftime nanosleep clock_nanosleep usleep sleep alarm
  getenv secure_getenv setenv unsetenv environ getpid getppid getuid geteuid gethostname
  setuid setgid setresuid setresgid setgroups prctl syscall mmap
  random rand srand rand_r getrandom getentropy arc4random
  printf fprintf vprintf vfprintf puts fputs putchar perror fopen fread fwrite stdout stderr stdin
  pthread_create localtime localtime_r tzset
""".split()
C_NAME = re.compile(r"(?:__)?(" + "|".join(DENIED) + r")(?:64)?(?:_chk)?(?:@.*)?$")
# C++'s own doors to the same things, as demangled names begin.
CXX_NAME = re.compile(
    r"std::(__1::|__cxx11::)?(chrono::.*_clock::now|random_device|thread|basic_[io]?f?stream|"
    r"basic_filebuf|cout|cerr|clog|filesystem|this_thread)")


def undefined_symbols(nm, library):
    command = [nm, "--undefined-only", "--demangle", "--format=posix", library]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    where = library
    for line in done.stdout.splitlines():
        if line.endswith(":"):
            where = line[:-1]
        elif line:
            yield where, re.sub(r" [a-zA-Z]( .*)?$", "", line)


def main():
    library, nm = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "nm"
    symbols = list(undefined_symbols(nm, library))
    problems = [f"{where}: uses {symbol}" for where, symbol in symbols
                if C_NAME.match(symbol) or CXX_NAME.match(symbol)]
    print("\n".join(problems) or f"none of {len(symbols)} outside symbols reaches the system")
    return bool(problems) or not symbols


if __name__ == "__main__":
    sys.exit(main())
