"""The first limit that a window met, and what moves it: derived from what can be seen from outside. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from examhall.rehearsal.window import measures
from examhall.rehearsal.window.measures import Measures

# What a deployment that is ready holds.
ACK_MS: Final = 250.0  # a page shows Saved before the eye wonders
LAG_MS: Final = 1_000.0  # what a proctor calls live
JOIN_MS: Final = 5_000.0  # from the code to the waiting room: nobody presses the button twice
START_MS: Final = 2_000.0  # of each other, people in one room begin within this
SUBMIT_MS: Final = 5_000.0  # from handing in to the receipt

TARGETS: Final = {
    measures.ACK: ACK_MS,
    measures.LAG: LAG_MS,
    measures.JOIN: JOIN_MS,
    measures.START: START_MS,
    measures.SUBMIT: SUBMIT_MS,
}
# A stretch of so many seconds is judged; fewer delays than this say little about one in a hundred.
STRETCH_SECONDS: Final = 10
DELAYS_MIN: Final = 20
# A simulator this busy, or this late, measures itself.
BUSY_SHARE: Final = 0.85
LATE_MS: Final = 100.0
GATEWAY_BUSY_SHARE: Final = 0.85


@dataclass(frozen=True, slots=True)
class Limit:
    """`at_seconds` since the rehearsal began; `why` is what was seen, `moves` what to change."""

    at_seconds: int
    what: str
    why: str
    moves: str


def first_limit(measured: Measures, busiest: dict[int, float], gateways: dict[int, float]) -> Limit | None:
    """`busiest`: second -> share of a core that the busiest simulating process used; `gateways` the same of gateways
    that let us see it. None: no limit was met.
    """
    return min(_limits(measured, busiest, gateways), key=lambda each: each.at_seconds, default=None)


def simulator_limited(measured: Measures, busiest: dict[int, float], since: int, until: int) -> str:
    """Why the simulator itself was the limit between these seconds; empty when it was not."""
    shares = [share for second, share in busiest.items() if since <= second < until]
    # A single second is a garbage collection; half of the stretch is the truth.
    if shares and sorted(shares)[len(shares) // 2] > BUSY_SHARE:
        return f"a simulating process used {max(shares):.0%} of its core"
    late = measured.over(measures.TICK, since, until).percentile(90) or 0.0
    return f"the simulator's own loop was {late:.0f} ms late (p90)" if late > LATE_MS else ""


def _limits(measured: Measures, busiest: dict[int, float], gateways: dict[int, float]) -> Iterator[Limit]:
    for name, target in TARGETS.items():
        second = _first_over(measured, name, target)
        if second is not None:
            yield _slow(measured, name, second, busiest, gateways)
    for name, seen in measured.counts.items():
        if seen and (found := _refusal(name)) is not None:
            yield Limit(min(seen), name, f"{sum(seen.values())} times, at first {seen[min(seen)]} in a second", found)
    dropped = measured.counts.get(measures.DROPPED)
    if dropped:
        causes = [
            each.removeprefix("closed by the system ") for each in measured.counts if each.startswith("closed by")
        ]
        yield Limit(
            min(dropped),
            "sockets were dropped",
            f"{sum(dropped.values())} times ({', '.join(sorted(causes))})",
            "Look at the gateways' and the load balancer's logs at that moment.",
        )


def _first_over(measured: Measures, name: str, target: float) -> int | None:
    seconds = measured.seconds([name])
    for since in range(seconds[0], seconds[-1] + 1, STRETCH_SECONDS) if seconds else ():
        stretch = measured.over(name, since, since + STRETCH_SECONDS)
        if len(stretch) >= DELAYS_MIN and (stretch.percentile(99) or 0) > target:
            return since
    return None


def _slow(measured: Measures, name: str, second: int, busiest: dict[int, float], gateways: dict[int, float]) -> Limit:
    until = second + STRETCH_SECONDS
    p99 = measured.over(name, second, until).percentile(99) or 0.0
    what = f"{_WORDS[name]} took longer than {TARGETS[name]:.0f} ms"
    why = f"{p99:.0f} ms (p99 of {STRETCH_SECONDS} s)"
    if itself := simulator_limited(measured, busiest, second - STRETCH_SECONDS, until):
        return Limit(second, "the simulator was the limit", f"{what}: {why}, and {itself}", _MORE_SIMULATOR)
    shares = [share for at, share in gateways.items() if second - STRETCH_SECONDS <= at < until]
    if shares and max(shares) > GATEWAY_BUSY_SHARE:
        return Limit(second, what, f"{why}; a gateway used {max(shares):.0%} of its core", _MORE_GATEWAYS)
    saved = measured.over(measures.ACK, second, until).percentile(99)
    if name == measures.LAG and saved is not None and saved <= ACK_MS:
        return Limit(second, what, f"{why}, while answers were saved in {saved:.0f} ms", _MORE_MONITORING)
    return Limit(second, what, why, _MOVES[name])


def _refusal(name: str) -> str | None:
    """What moves it, when this count is of requests that a deployment should have served."""
    status = name.split(" ", 1)[0]
    if name.startswith(("429", "socket: too-many")):
        return _TOO_MANY["joins" if name.endswith("(joins)") else "staff" if name.endswith("(staff)") else "candidates"]
    if status == "503" or name.startswith("bye: overloaded"):
        return _FULL
    if (status.isdigit() and int(status) >= 500) or status == "0":  # noqa: PLR2004 - server errors
        return "Look at the gateway's and the services' logs at that moment."
    return None


_WORDS: Final = {
    measures.ACK: "saving an answer",
    measures.LAG: "showing an answer on the dashboard",
    measures.JOIN: "joining",
    measures.START: "beginning after the proctor's click",
    measures.SUBMIT: "the receipt after handing in",
}
_MORE_SIMULATOR: Final = (
    "Simulate with more processes (--workers) or machines (--share); the deployment was not at its limit."
)
_MORE_GATEWAYS: Final = "More gateway replicas (--scale gateway=N here, the HorizontalPodAutoscaler in Kubernetes)."
_MORE_MONITORING: Final = "More monitoring-svc replicas, up to the partitions of attempt.commands.v1; then Redis."
_MOVES: Final = {
    measures.ACK: "Kafka's acknowledgement (its disks, acks=all over the replicas) and the gateways' processors: "
    "more gateway replicas, then faster brokers.",
    measures.LAG: "monitoring-svc and MongoDB behind it: more replicas, up to the partitions of attempt.commands.v1.",
    measures.JOIN: "enrollment-svc and the gateways: more replicas of both.",
    measures.START: "monitoring-svc, which fans the start out: more replicas, up to the partitions.",
    measures.SUBMIT: "monitoring-svc and MongoDB behind it: more replicas, up to the partitions.",
}
_TOO_MANY: Final = {
    "joins": "EXAMHALL_JOINS_PER_ADDRESS_PER_MINUTE, which is for one hall's address: simulate from more addresses, "
    "or raise it where a proxy hides them.",
    "staff": "EXAMHALL_API_TOKEN_REQUESTS_PER_MINUTE, or a lower --api-rate.",
    "candidates": "The pace of one candidate (contracts/limits.py: ANSWERS_PER_SECOND), which people never reach.",
}
_FULL: Final = (
    "A gateway took no more (EXAMHALL_SOCKETS_MAX, EXAMHALL_LOOP_DELAY_MS_MAX) or what it needs was away: more gateway "
    "replicas, and the log of the service it names."
)
