"""What only this service reads from the environment."""

from typing import Final

from pydantic import Field

from chassis.settings import Settings

OPEN_LEAD_SECONDS: Final = 30 * 60  # people arrive early; half an hour is what invitations usually say


class SessionSvcSettings(Settings):
    """`open_lead_seconds`: how long before its scheduled time a session opens by itself; 0 opens it at that time."""

    open_lead_seconds: int = Field(default=OPEN_LEAD_SECONDS, ge=0, le=24 * 3600)
