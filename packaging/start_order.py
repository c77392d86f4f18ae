#!/usr/bin/env python3
"""Writes packaging/start_order.ld: the functions that one command runs, from its start to its end.

The linker puts them side by side (packaging/layout.ld), for every 64 kB of code that are touched
cost microseconds at each start. To be run after `./dev build musl-amd64`, when `./dev bench init`
says that a start costs more than it did; a name that is no more costs nothing.
For x86-64.
usage: start_order.py BUILD_FOLDER"""
import bisect
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

OUTPUT = pathlib.Path(__file__).with_name("start_order.ld")
HEAD = "/* Written by packaging/start_order.py. Not for reading: the mangled names of functions. */\n"
SAYS_A_WORD = ["sh", "-c", "echo word"]
RUNS = (["--log", "raw", "--", "true"], ["--log", "json", "--", *SAYS_A_WORD],
        ["--log", "text", "--", *SAYS_A_WORD])

# <sys/ptrace.h>, <sys/user.h> and <bits/waitflags.h>
TRACEME, PEEKUSER, SINGLESTEP, DETACH, SETOPTIONS = 0, 3, 9, 17, 0x4200
TRACE_VFORK, TRACE_EXEC, EXEC_EVENT = 0x4, 0x10, 4
INSTRUCTION_POINTER = 16 * 8
WALL = 0x40000000
LIBC = ctypes.CDLL(None)
LIBC.ptrace.restype = ctypes.c_long


def link_with_symbols(build: pathlib.Path, program: pathlib.Path) -> None:
    commands = subprocess.run(["ninja", "-C", build, "-t", "commands", "pmx-init"],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
    link = commands.splitlines()[-1]
    link = link.replace(" -s ", " ", 1).replace("-o pmx-init", f"-o {program}", 1)
    subprocess.run(link, shell=True, cwd=build, check=True)


def functions_of(program: pathlib.Path) -> list[tuple[int, int, str]]:
    """Address, size and name of each, in the order of their addresses."""
    listed = subprocess.run(["nm", "-S", program], stdout=subprocess.PIPE, text=True, check=True)
    fields = [line.split() for line in listed.stdout.splitlines()]
    return sorted((int(each[0], 16), int(each[1], 16), each[3])
                  for each in fields if len(each) == 4 and each[2] in "tTwW")


def ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> int:
    return LIBC.ptrace(ctypes.c_long(request), ctypes.c_long(pid), ctypes.c_void_p(address),
                       ctypes.c_void_p(data))


def addresses_run(program: pathlib.Path, arguments: list[str]) -> set[int]:
    """Of every instruction, one by one: of ours, and of our child's until it is another program."""
    us = os.fork()
    if us == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        ptrace(TRACEME, 0)
        os.execv(program, [str(program), *arguments])
    pid, status = os.waitpid(us, 0)
    ptrace(SETOPTIONS, us, 0, TRACE_VFORK | TRACE_EXEC)
    addresses = set()
    while True:
        if os.WIFSTOPPED(status):
            number, event = os.WSTOPSIG(status), status >> 16
            is_step = number == signal.SIGTRAP and event == 0
            if is_step:
                addresses.add(ptrace(PEEKUSER, pid, INSTRUCTION_POINTER))
            is_ours = is_step or event != 0 or number == signal.SIGSTOP
            ptrace(DETACH if event == EXEC_EVENT else SINGLESTEP, pid, 0, 0 if is_ours else number)
        elif pid == us:
            return addresses
        pid, status = os.waitpid(-1, WALL)


def main() -> None:
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "pmx-init"
        link_with_symbols(build, program)
        functions = functions_of(program)
        begins = [begin for begin, _, _ in functions]
        names: dict[str, None] = {}  # those of the first run first
        for arguments in RUNS:
            run = set()
            for address in addresses_run(program, arguments):
                begin, size, name = functions[bisect.bisect_right(begins, address) - 1]
                if begin <= address < begin + size:
                    run.add(name)
            names |= dict.fromkeys(sorted(run - names.keys()))
    OUTPUT.write_text(HEAD + "".join(f"*(.text.{name})\n" for name in names))
    print(f"{OUTPUT}: {len(names)} functions")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
