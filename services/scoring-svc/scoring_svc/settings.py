"""What scoring-svc reads from the environment: nothing of its own beyond what every service reads."""

from chassis.settings import Settings

__all__ = ["Settings"]
