"""The filter of system calls, run by a machine of our own: the kernel shows one kind of computer alone."""

import struct

import pytest

from backstage.grading import seccomp

pytestmark = pytest.mark.infrastructure


def filtered(machine, number, *arguments, asked_by=None):
    """What the filter of a machine answers to a call."""
    arguments = [*arguments, *[0] * 6][:6]
    shown = struct.pack("<II7Q", number, asked_by or seccomp.MACHINES[machine], 0, *arguments)
    steps, at = [*struct.iter_unpack("<HBBI", seccomp.program(machine))], 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == seccomp.RETURN:
            return value
        if code == seccomp.LOAD:
            (held,) = struct.unpack_from("<I", shown, value)
        elif code == seccomp.AND:
            held &= value
        else:
            holds = held == value if code == seccomp.EQUAL else held >= value
            at += if_true if holds else if_false


@pytest.fixture(params=seccomp.MACHINES)
def machine(request):
    return request.param


def of(machine, numbers):
    return numbers[[*seccomp.MACHINES].index(machine)]


def test_what_is_named_is_refused_and_nothing_else(machine):
    found = {number for number in range(1000) if filtered(machine, number, 1) == seccomp.REFUSE}
    assert found == {of(machine, numbers) for numbers in seccomp.REFUSED.values()} - {None}


PRIVATE_MEMORY, FILE = 0x02 | 0x20, 0x01


@pytest.mark.parametrize(
    "numbers, allowed, refused",
    [
        (seccomp.MMAP, [(0, 0, 0, PRIVATE_MEMORY), (0, 0, 0, FILE)], [(0, 0, 0, FILE | 0x20)]),
        (seccomp.SOCKETPAIR, [(1,)], [(2,), (16,), (30,)]),
        (seccomp.FCNTL, [(3, 0), (3, 1), (3, 4), (3, 1030)], [(3, 6), (3, 7), (3, 38), (3, 1024), (3, 1031)]),
    ],
)
def test_some_calls_are_refused_for_some_arguments(machine, numbers, allowed, refused):
    assert {filtered(machine, of(machine, numbers), *arguments) for arguments in allowed} == {seccomp.ALLOW}
    assert {filtered(machine, of(machine, numbers), *arguments) for arguments in refused} == {seccomp.REFUSE}


def test_calls_by_another_door_are_refused(machine):
    assert filtered(machine, seccomp.X32 + of(machine, seccomp.MMAP)) == seccomp.REFUSE
    assert filtered(machine, 1, asked_by=0x40000003) == seccomp.KILL  # a 32-bit program
