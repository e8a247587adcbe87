"""Seats are numbers from 1 to the session's maximum; nobody is enrolled without one and no two people share one."""

from collections.abc import Collection


def free_seats(taken: Collection[int], maximum: int) -> list[int]:
    """The seats that may be given, lowest first; as many as keep the session within its maximum.

    When the maximum was lowered below numbers given earlier, people beyond it keep their seats and count.
    """
    held = set(taken)
    wanted = maximum - len(held)
    free: list[int] = []
    for number in range(1, maximum + 1):
        if len(free) >= wanted:
            break
        if number not in held:
            free.append(number)
    return free
