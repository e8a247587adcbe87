"""The environment of the gateway: where the services are, how long tokens live, how fast one may guess."""

from pathlib import Path

from pydantic import Field

from chassis.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    session_url: str = "http://127.0.0.1:8081"
    enrollment_url: str = "http://127.0.0.1:8082"
    monitoring_url: str = "http://127.0.0.1:8083"
    scoring_url: str = "http://127.0.0.1:8084"
    messaging_url: str = "http://127.0.0.1:8085"
    reporting_url: str = "http://127.0.0.1:8086"

    token_private_key_file: Path | None = None
    staff_access_seconds: int = 900  # how long a revoked account keeps working at most
    staff_refresh_seconds: int = 12 * 3600  # a working day: nobody signs in again while they watch a session
    candidate_access_seconds: int = 900
    candidate_refresh_seconds: int = 24 * 3600  # the longest time limit (contracts.limits)

    public_url: str | None = Field(
        default=None,
        description="Where people reach this gateway; links in mails begin with it, and without it none go",
    )
    allowed_origins: list[str] = Field(
        default=[],
        description="Origins of pages served elsewhere, for CORS and sockets; pages of this gateway need none",
    )

    provider_private_addresses: bool = Field(
        default=False,
        description="Whether sign-in providers may be inside this network, loopback included, where http is enough",
    )

    # Overload: from when on newcomers wait (`admission.py`). Those inside are served first.
    sockets_max: int | None = Field(
        default=None, ge=1, description="Sockets of this replica; from the limit of descriptors when left out"
    )
    loop_delay_ms_max: int = 250  # a loop that is later than this cannot acknowledge an answer within a quarter second
    answer_delay_ms_max: int = 250  # Kafka takes milliseconds; who is inside comes before who wants to come in
    commands_waiting_max: int = 20_000  # connects and disconnects: everybody of a full replica, once
    memory_mb_max: int | None = Field(
        default=None, ge=1, description="Resident memory; from the container's limit when left out"
    )

    # Guessing; the README derives from these how fast a password or a code can be guessed. An exam hall shares one
    # address and one session code, so what succeeds is limited far above a hall's needs, and what fails near what
    # people mistype.
    joins_per_address_per_minute: int = 3_000  # three halls of a thousand behind one address, all at once
    # Unknown codes, and people with a session's code who turn out to be in already. Once there are so many of them from
    # everywhere together that somebody must be guessing, addresses from which nobody joined lately have fewer tries;
    # nobody is ever kept out by what happens at other addresses.
    join_failures_per_address_per_minute: int = 60
    join_failures_from_anywhere_per_minute: int = 600
    join_failures_of_strangers_per_minute: int = 5
    sign_ins_per_address_per_minute: int = 120
    sign_in_failures_per_address_per_minute: int = 30
    # For one account: from one address a few tries, from all unfamiliar addresses together some more. An address from
    # which the person has signed in lately is never closed by what others do elsewhere.
    sign_in_failures_per_email_per_quarter_hour: int = 10
    sign_in_failures_from_anywhere_per_email_per_hour: int = 100
    provider_sign_ins_per_address_per_minute: int = 120
    resets_per_address_per_hour: int = 30
    resets_per_email_per_hour: int = 3
    link_failures_per_address_per_minute: int = 30
    api_token_requests_per_minute: int = 1_200  # twenty a second: a nightly synchronisation, not a load test
