"""The filter of system calls, run by a machine of our own: the kernel shows one kind of computer alone."""

import struct

import pytest

from backstage.grading import seccomp

pytestmark = pytest.mark.infrastructure


def filtered(machine, number, flags=0, asked_by=None):
    """What the filter of a machine answers to a call."""
    shown = struct.pack("<II7Q", number, asked_by or seccomp.MACHINES[machine], 0, 0, 0, 0, flags, 0, 0)
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
    found = {number for number in range(1000) if filtered(machine, number) == seccomp.REFUSE}
    assert found == {of(machine, numbers) for numbers in seccomp.REFUSED.values()}


def test_shared_memory_without_a_file_is_refused(machine):
    mmap, shared, private, anonymous = of(machine, seccomp.MMAP), 0x01, 0x02, 0x20
    assert filtered(machine, mmap, shared | anonymous) == seccomp.REFUSE
    assert filtered(machine, mmap, shared) == filtered(machine, mmap, private | anonymous) == seccomp.ALLOW


def test_calls_by_another_door_are_refused(machine):
    assert filtered(machine, seccomp.X32 + of(machine, seccomp.MMAP)) == seccomp.REFUSE
    assert filtered(machine, 1, asked_by=0x40000003) == seccomp.KILL  # a 32-bit program
