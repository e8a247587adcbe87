"""Environment of messaging-svc: nothing beyond what every service reads."""

from chassis.settings import Settings

__all__ = ["Settings"]
