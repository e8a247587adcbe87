"""The rehearsal: simulated candidates and staff run one whole session through the gateway's public API.

It knows HTTP, WebSockets and the contracts' models, nothing of what is behind the gateway, and compares at the end
what it was promised with what it finds.
"""

from examhall.rehearsal.report import Report
from examhall.rehearsal.script import run
from examhall.rehearsal.target import Account, Options, Target

__all__ = ["Account", "Options", "Report", "Target", "run"]
