"""The gateway's own database, a room for each noun."""

from gateway.store.accounts import (
    Account,
    EmailTaken,
    GatewayStore,
    KeptRequest,
    RefreshToken,
    SignInLink,
    open_database,
)

__all__ = ["Account", "EmailTaken", "GatewayStore", "KeptRequest", "RefreshToken", "SignInLink", "open_database"]
