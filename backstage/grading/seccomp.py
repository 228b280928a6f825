"""Which calls to the kernel nobody makes in the sandbox: a program for `bwrap --seccomp`.

The grader counts the memory that processes map, and what a file descriptor may hold. These calls take memory
that neither shows, reach into other sandboxes, take cores from the grader, or have the kernel do work that is
not needed here. Each answers "Operation not permitted".
"""

import errno
import platform
import struct

REFUSED = {  # by their numbers on x86_64 and on aarch64, from Linux's own tables
    "memfd_create": (319, 279),  # files without a name, which only memory holds
    "memfd_secret": (447, 447),
    "shmget": (29, 194),  # System V's memory, queues and semaphores
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),  # and POSIX's queues
    "vmsplice": (278, 75),  # pages that stay in a pipe when nobody maps them any more
    "io_setup": (206, 0),  # rings of the kernel's, of which a machine has few
    "io_uring_setup": (425, 425),  # runs calls that no filter sees
    "inotify_init": (253, None),  # a queue for each, and a file kept for each watch
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "landlock_create_ruleset": (444, 444),  # 65,536 rules for each of them
    "socket": (41, 198),  # what Python's own libraries need is socketpair
    "setsockopt": (54, 208),  # larger buffers
    "sendmsg": (46, 211),  # open files on their way in a socket, which belong to no process
    "sendmmsg": (307, 269),
    "flock": (73, 32),  # seen by other sandboxes, on files that all of them read
    "setsid": (112, 157),  # Linux gives each session as much of the cores as all of the grader
    "ptrace": (101, 117),  # bubblewrap's own process
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "userfaultfd": (323, 282),  # parts of the kernel that have often been the way out
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "add_key": (248, 217),  # keys of the person who grades: no namespace hides them
    "request_key": (249, 218),
    "keyctl": (250, 219),
}
MMAP, FCNTL, SOCKETPAIR = (9, 222), (72, 25), (53, 199)  # refused for some arguments
SHARED = 0x01 | 0x20  # MAP_SHARED | MAP_ANONYMOUS: memory that is kept when a process lets go of it
LOCKS = 6, 7, 37, 38  # F_SETLK and its like: as many for one file as there are bytes in a number
LEASES = 1024, 1026, 1031  # F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ
UNIX = 1  # AF_UNIX

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # and their numbers in the kernel
X32 = 0x40000000  # from here on x86_64 has its calls a second time

NUMBER, MACHINE, ARGUMENTS = 0, 4, 16  # where they stand in what the kernel shows a filter
LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000


def program(machine=None):
    """Return the filter's bytes. Raises KeyError for a machine that is not in MACHINES; None: this one."""
    machine = machine or platform.machine()
    number, which = MACHINES[machine], [*MACHINES].index(machine)
    steps = [_step(LOAD, MACHINE), _step(EQUAL, number, 1), _step(RETURN, KILL), _step(LOAD, NUMBER)]
    steps += _refuse_if(AT_LEAST, X32)
    for numbers in REFUSED.values():
        steps += _refuse_if(EQUAL, numbers[which]) if numbers[which] is not None else []
    locks = [step for command in LOCKS + LEASES for step in _refuse_if(EQUAL, command)]
    steps += _by_argument(FCNTL[which], 1, *locks)
    steps += _by_argument(SOCKETPAIR[which], 0, _step(EQUAL, UNIX, 1), _step(RETURN, REFUSE))
    steps += _by_argument(MMAP[which], 3, _step(AND, SHARED), *_refuse_if(EQUAL, SHARED))
    return b"".join([*steps, _step(RETURN, ALLOW)])


def _by_argument(number, argument, *tests):
    """Return, for a call, tests of one of its arguments, which allow what they do not refuse."""
    steps = [_step(LOAD, ARGUMENTS + 8 * argument), *tests, _step(RETURN, ALLOW)]
    return [_step(EQUAL, number, 0, len(steps)), *steps]


def _refuse_if(test, value):
    return [_step(test, value, 0, 1), _step(RETURN, REFUSE)]


def _step(code, value, if_true=0, if_false=0):
    """Return an instruction; after a test, how many of the next ones are left out."""
    return struct.pack("<HBBI", code, if_true, if_false, value)
