"""Every topic, declared once: owner, key, partitions, retention and payload types.

Partition counts follow the load each topic must carry; `attempt.*` are the hot ones. A topic's partitions can only
grow, and growing re-keys it, so they start with room: 24 lets two to twenty-four replicas share the work evenly.
"""

from dataclasses import dataclass
from typing import Final

from contracts import attempt, enrollment, messaging, scoring, session
from contracts.registry import Registration, registrations

DAY_MS: Final = 24 * 3600 * 1000
MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024  # AttemptCompleted carries every response of one person


@dataclass(frozen=True, slots=True)
class Topic:
    """`retention_ms` None keeps for ever: facts that read models are rebuilt from."""

    name: str
    owner: str
    key: str
    partitions: int
    retention_ms: int | None
    readers: tuple[str, ...]

    @property
    def messages(self) -> list[Registration]:
        return [each for each in registrations() if each.topic == self.name]

    def configuration(self) -> dict[str, str]:
        """Kafka's topic configuration."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms if self.retention_ms is not None else -1),
            "max.message.bytes": str(MESSAGE_BYTES_MAX),
        }


TOPICS: Final = (
    Topic(session.ASSESSMENT_EVENTS, "session-svc", "assessment_id", 4, None, ("scoring-svc",)),
    Topic(
        session.SESSION_EVENTS,
        "session-svc",
        "session_id",
        8,
        None,
        ("enrollment-svc", "monitoring-svc", "messaging-svc", "scoring-svc", "reporting-svc"),
    ),
    Topic(
        enrollment.ENROLLMENT_EVENTS,
        "enrollment-svc",
        "participant_id",
        8,
        None,
        ("monitoring-svc", "messaging-svc", "reporting-svc"),
    ),
    # Personal codes travel here, so it does not keep them for ever: a month outlasts any outage of its reader.
    Topic(enrollment.INVITATION_EVENTS, "enrollment-svc", "participant_id", 8, 30 * DAY_MS, ("messaging-svc",)),
    Topic(attempt.ATTEMPT_COMMANDS, "gateway, monitoring-svc", "participant_id", 24, 30 * DAY_MS, ("monitoring-svc",)),
    Topic(
        attempt.ATTEMPT_EVENTS,
        "monitoring-svc",
        "participant_id",
        24,
        None,
        ("scoring-svc", "reporting-svc"),
    ),
    Topic(messaging.MESSAGING_EVENTS, "messaging-svc", "session_id", 8, None, ("reporting-svc",)),
    Topic(scoring.SCORING_EVENTS, "scoring-svc", "participant_id", 8, None, ("messaging-svc", "reporting-svc")),
)

SERVICES: Final = ("session-svc", "enrollment-svc", "monitoring-svc", "scoring-svc", "messaging-svc", "reporting-svc")


def dead_letters(group: str) -> Topic:
    """Where a consumer group parks what it cannot handle; kept 90 days for a person to look at."""
    return Topic(f"{group}.dead-letters.v1", group, "as received", 1, 90 * DAY_MS, ())


def topic_named(name: str) -> Topic:
    return next(topic for topic in TOPICS if topic.name == name)


def topics_read_by(service: str) -> list[Topic]:
    return [topic for topic in TOPICS if service in topic.readers]
