"""Loops that only notice, and hand over to a use case. Any number of replicas may run them: what two of them notice
becomes one command, because its id is derived from what was noticed.
"""

from typing import Final

from chassis.service import Service
from monitoring_svc.live import LiveView
from monitoring_svc.service.commands import Commands
from monitoring_svc.service.presence import Presence
from monitoring_svc.service.sessions import Sessions
from monitoring_svc.service.timers import Timers
from monitoring_svc.store import Store

TIMERS_SECONDS: Final = 1.0  # the grace is counted in seconds, and people see a countdown in seconds
SWEEP_SECONDS: Final = 3.0  # how long somebody may wait for a beginning that a race had lost
LEASES_SECONDS: Final = 2.0  # twice as often as leases are renewed


def declare(service: Service, store: Store, commands: Commands, sessions: Sessions, live: LiveView) -> None:
    timers = Timers(store, commands, service.clock)
    presence = Presence(store, commands, service.clock, service.redis, service.settings)
    service.job("timers", TIMERS_SECONDS, timers.run_due)
    service.job("sweep", SWEEP_SECONDS, sessions.sweep)
    service.job("gateway-leases", LEASES_SECONDS, presence.watch_gateways)
    service.on_start(live.start)
    service.on_stop(live.stop)
    service.health.register("live-view", live.check)
