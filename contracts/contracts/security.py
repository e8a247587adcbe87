"""What a session asks of candidates' browsers, and the rules by which monitoring-svc raises alerts.

A page only reports what it sees; severity and thresholds are applied by the server. Every default is the harmless one,
so that a session of before these options reads as one that asks for nothing.
"""

from typing import Annotated

from pydantic import Field

from contracts import limits
from contracts.model import Part
from contracts.statuses import AlertKind, Lockdown, ScreenSharing, Severity


class AlertRule(Part):
    """`severity` None: no alert."""

    severity: Severity | None = None


class SecondsRule(AlertRule):
    """An alert once it has lasted this long; 0: at once."""

    seconds: Annotated[int, Field(ge=0, le=limits.ALERT_SECONDS_MAX)] = 5


class CountRule(AlertRule):
    """An alert at this occurrence."""

    count: Annotated[int, Field(ge=1, le=limits.ALERT_COUNT_MAX)] = 1


class PaceRule(AlertRule):
    """An alert when more different items than this are answered within a minute."""

    per_minute: Annotated[int, Field(ge=limits.ANSWER_SPEED_MIN, le=limits.ANSWER_SPEED_MAX)] = 12


class IdleRule(AlertRule):
    """An alert when nothing was answered, flagged or looked at for this long."""

    minutes: Annotated[int, Field(ge=limits.IDLE_MINUTES_MIN, le=limits.IDLE_MINUTES_MAX)] = 5


class AlertRules(Part):
    """One rule for each kind. The two about full screen and sharing matter only where the session asks for these."""

    focus_lost: SecondsRule = SecondsRule()
    full_screen_left: SecondsRule = SecondsRule(severity=Severity.WARNING)
    clipboard_used: CountRule = CountRule()
    connection_replaced: CountRule = CountRule(severity=Severity.WARNING)
    address_changed: CountRule = CountRule()
    screen_share_stopped: SecondsRule = SecondsRule(severity=Severity.CRITICAL)
    answer_speed: PaceRule = PaceRule()
    idle: IdleRule = IdleRule()

    def severity_of(self, kind: AlertKind) -> Severity | None:
        if kind is AlertKind.FULL_SCREEN_UNAVAILABLE:
            return Severity.NOTICE
        rule: AlertRule = getattr(self, kind.value)
        return rule.severity


class SecurityOptions(Part):
    lockdown: Lockdown = Lockdown.OFF
    screen_sharing: ScreenSharing = ScreenSharing.OFF
    alerts: AlertRules = AlertRules()


def observed(options: SecurityOptions) -> list[AlertKind]:
    """What is looked at, by the candidate's page or by the server: told to the candidate first, and nothing else is.

    Full screen and sharing are, once the session asks for them, whatever their rules say: the page needs to know.
    """
    asked = {
        AlertKind.FULL_SCREEN_LEFT: options.lockdown is Lockdown.IN_PAGE,
        AlertKind.SCREEN_SHARE_STOPPED: options.screen_sharing is ScreenSharing.REQUIRED,
        AlertKind.FULL_SCREEN_UNAVAILABLE: False,
    }
    return [kind for kind in AlertKind if asked.get(kind, options.alerts.severity_of(kind) is not None)]
