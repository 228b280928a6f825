"""Which calls to the kernel nobody makes in the sandbox: a program for `bwrap --seccomp`.

The grader counts the memory that processes map. These calls take some that no process has to map, or have the
kernel do work that is not needed here. Each answers "Operation not permitted".
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
    "vmsplice": (278, 75),  # pages that stay in a pipe when nobody maps them any more
    "io_uring_setup": (425, 425),  # runs calls that no filter sees
    "userfaultfd": (323, 282),  # parts of the kernel that have often been the way out
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "add_key": (248, 217),  # keys of the person who grades: no namespace hides them
    "request_key": (249, 218),
    "keyctl": (250, 219),
}
MMAP = 9, 222
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # and their numbers in the kernel
X32 = 0x40000000  # from here on x86_64 has its calls a second time
SHARED = 0x01 | 0x20  # MAP_SHARED | MAP_ANONYMOUS: memory that is kept when a process lets go of it

NUMBER, MACHINE, FLAGS = 0, 4, 40  # where they stand in what the kernel shows a filter; flags: mmap's
LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000


def program(machine=None):
    """The filter's bytes. Raises KeyError for a machine that is not in MACHINES; None: this one."""
    machine = machine or platform.machine()
    number, which = MACHINES[machine], [*MACHINES].index(machine)
    steps = [_step(LOAD, MACHINE), _step(EQUAL, number, 1), _step(RETURN, KILL), _step(LOAD, NUMBER)]
    steps += _refuse_if(AT_LEAST, X32)
    for numbers in REFUSED.values():
        steps += _refuse_if(EQUAL, numbers[which])
    steps += [_step(EQUAL, MMAP[which], 1), _step(RETURN, ALLOW), _step(LOAD, FLAGS), _step(AND, SHARED)]
    return b"".join([*steps, *_refuse_if(EQUAL, SHARED), _step(RETURN, ALLOW)])


def _refuse_if(test, value):
    return [_step(test, value, 0, 1), _step(RETURN, REFUSE)]


def _step(code, value, if_true=0, if_false=0):
    """One instruction; after a test, how many of the next ones are left out."""
    return struct.pack("<HBBI", code, if_true, if_false, value)
