"""Who may do what: role x action x relation. The only place that says it; services and the gateway both enforce it.

Every HTTP route and every message of the WebSockets names one action of this table. `python -m contracts access`
prints it; `tests/e2e/test_access.py` walks every route as every role and compares. To add an action, add one line.

    any       in every organisation: the gateway and operators, speaking for nobody in particular
    org       everything of their own organisation
    assigned  of their own organisation, the sessions that name them as proctor, and those that name no proctor
    own       themselves: their own account and sign-ins; a candidate's own attempt and session
    -         not at all

Reviewers score blind: nothing that they may do shows whose response it is. Whoever has another role as well sees what
that role shows.

The column `API scope` is for API tokens, which have no role: one that holds the scope may act on its whole
organisation. Without a scope, no API token ever may.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from contracts.statuses import Role


class Reach(StrEnum):
    """Whose things a principal may act on, the widest first."""

    EVERYWHERE = "any"
    ORGANISATION = "org"
    ASSIGNED = "assigned"
    OWN = "own"


class Scope(StrEnum):
    """What an API token may be made for."""

    ASSESSMENTS_READ = "assessments:read"
    ASSESSMENTS_WRITE = "assessments:write"
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    SESSIONS_CONDUCT = "sessions:conduct"
    LIVE_READ = "live:read"
    PARTICIPANTS_READ = "participants:read"
    PARTICIPANTS_WRITE = "participants:write"
    RESULTS_READ = "results:read"
    AUDIT_READ = "audit:read"


COLUMNS: Final = (Role.ADMIN, Role.SCHEDULER, Role.PROCTOR, Role.REVIEWER, Role.AUDITOR, Role.CANDIDATE, Role.SERVICE)
_WIDEST_FIRST: Final = tuple(Reach)
_actions: dict[str, "Action"] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """`grants` holds the roles that may; `public`: whoever knows the code, link or token asked for, without sign-in."""

    name: str
    meaning: str
    grants: Mapping[Role, Reach]
    scope: Scope | None = None
    public: bool = False

    def reach(self, roles: Iterable[Role], scopes: Iterable[Scope] = ()) -> Reach | None:
        """The widest reach that any of these roles has; None when none of them may."""
        reaches = {self.grants[role] for role in roles if role in self.grants}
        if Role.PROGRAM in roles and self.scope is not None and self.scope in scopes:
            reaches.add(Reach.ORGANISATION)
        return next((reach for reach in _WIDEST_FIRST if reach in reaches), None)


def _action(name: str, cells: str, scope: Scope | None, meaning: str) -> Action:
    words = cells.split()
    if len(words) != len(COLUMNS):
        raise ValueError(f"{name}: {len(COLUMNS)} columns, not {len(words)}")
    return _known(
        Action(
            name=name,
            meaning=meaning,
            grants=MappingProxyType(
                {role: Reach(word) for role, word in zip(COLUMNS, words, strict=True) if word != "-"}
            ),
            scope=scope,
        )
    )


def _public(name: str, meaning: str) -> Action:
    return _known(Action(name=name, meaning=meaning, grants=MappingProxyType({}), public=True))


def _known(action: Action) -> Action:
    if action.name in _actions:
        raise ValueError(f"{action.name} is declared twice")
    _actions[action.name] = action
    return action


def action_named(name: str) -> Action | None:
    return _actions.get(name)


def actions() -> list[Action]:
    """In the order of the table."""
    return list(_actions.values())


# fmt: off
# Assessments and sessions                  admin     scheduler proctor   reviewer  auditor   candidate service
ASSESSMENT_LIST: Final = _action(
    "assessment.list",                     "org       org       org       org       org       -         -        ",
    Scope.ASSESSMENTS_READ, "List assessments, without items")
ASSESSMENT_READ: Final = _action(
    "assessment.read",                     "org       org       -         -         -         -         -        ",
    Scope.ASSESSMENTS_WRITE, "Read an assessment with its answer keys")
ASSESSMENT_WRITE: Final = _action(
    "assessment.write",                    "org       org       -         -         -         -         -        ",
    Scope.ASSESSMENTS_WRITE, "Create, change and publish assessments")
ASSESSMENT_FORM: Final = _action(
    "assessment.form",                     "org       org       org       org       org       -         any      ",
    Scope.ASSESSMENTS_READ, "Read a published version as candidates see it")
SESSION_LIST: Final = _action(
    "session.list",                        "org       org       org       org       org       -         -        ",
    Scope.SESSIONS_READ, "List and search sessions")
SESSION_READ: Final = _action(
    "session.read",                        "org       org       org       org       org       -         any      ",
    Scope.SESSIONS_READ, "Read a session with its settings")
SESSION_FORM: Final = _action(
    "session.form",                        "org       org       org       org       org       own       any      ",
    None, "Read the items of a session, without keys; a candidate in their own order, while it runs")
SEAT_READ: Final = _action(
    "seat.read",                           "-         -         -         -         -         own       -        ",
    None, "Read what concerns one's own seat: session, form, attempt, messages")
SESSION_WRITE: Final = _action(
    "session.write",                       "org       org       -         -         -         -         -        ",
    Scope.SESSIONS_WRITE, "Create, schedule and edit sessions, and keep templates of them")
SESSION_CONDUCT: Final = _action(
    "session.conduct",                     "org       org       assigned  -         -         -         -        ",
    Scope.SESSIONS_CONDUCT, "Open, start, pause, resume, end and cancel a session")
# People                                    admin     scheduler proctor   reviewer  auditor   candidate service
PARTICIPANT_READ: Final = _action(
    "participant.read",                    "org       org       org       -         org       -         any      ",
    Scope.PARTICIPANTS_READ, "List and read participants, without their codes")
PARTICIPANT_CODES: Final = _action(
    "participant.codes",                   "org       org       assigned  -         -         -         -        ",
    Scope.PARTICIPANTS_WRITE, "See personal codes, to hand them out")
PARTICIPANT_WRITE: Final = _action(
    "participant.write",                   "org       org       assigned  -         -         -         -        ",
    Scope.PARTICIPANTS_WRITE, "Add, change and remove participants")
PARTICIPANT_INVITE: Final = _action(
    "participant.invite",                  "org       org       assigned  -         -         -         -        ",
    Scope.PARTICIPANTS_WRITE, "Have invitations sent to participants, or sent again")
PARTICIPANT_STANDING: Final = _action(
    "participant.standing",                "-         -         -         -         -         own       any      ",
    None, "Whether somebody still has their place")
DIRECTORY_READ: Final = _action(
    "directory.read",                      "org       org       org       -         -         -         -        ",
    Scope.PARTICIPANTS_READ, "Search the directory of people and groups")
DIRECTORY_WRITE: Final = _action(
    "directory.write",                     "org       org       -         -         -         -         -        ",
    Scope.PARTICIPANTS_WRITE, "Add, change and delete people and groups")
IMPORT_READ: Final = _action(
    "import.read",                         "org       org       org       -         -         -         -        ",
    Scope.PARTICIPANTS_READ, "Read imports with their rows, and the template")
IMPORT_MANAGE: Final = _action(
    "import.manage",                       "org       org       -         -         -         -         -        ",
    Scope.PARTICIPANTS_WRITE, "Upload, list, confirm and cancel imports of people")
ADMISSION_DECIDE: Final = _action(
    "admission.decide",                    "org       -         assigned  -         -         -         -        ",
    None, "Approve and deny those who wait for admission")
IDENTITY_PRESENT: Final = _action(
    "identity.present",                    "-         -         -         -         -         own       -        ",
    None, "Send pictures of one's own face and document, and see what became of them")
IDENTITY_REVIEW: Final = _action(
    "identity.review",                     "org       -         assigned  -         -         -         -        ",
    None, "See who waits for verification, confirm and reject")
IDENTITY_IMAGE: Final = _action(
    "identity.image",                      "org       -         assigned  -         -         -         -        ",
    None, "Look at the picture of a face or a document; each look is recorded")
JOIN_FORWARD: Final = _action(
    "join.forward",                        "-         -         -         -         -         -         any      ",
    None, "Hand a join to enrolment, for somebody who has no token yet")
# Live                                      admin     scheduler proctor   reviewer  auditor   candidate service
LIVE_WATCH: Final = _action(
    "live.watch",                          "org       org       org       -         org       -         any      ",
    Scope.LIVE_READ, "See the live view of a session, by snapshot and by frames")
ATTEMPT_READ: Final = _action(
    "attempt.read",                        "org       org       org       -         org       own       any      ",
    None, "Read an attempt with its responses; candidates without alerts")
ATTEMPT_TIMELINE: Final = _action(
    "attempt.timeline",                    "org       org       org       -         org       -         any      ",
    None, "Read what happened in an attempt, alerts included")
ATTEMPT_OUTCOMES: Final = _action(
    "attempt.outcomes",                    "org       org       org       -         org       own       any      ",
    None, "Ask what became of commands")
ATTEMPT_WORK: Final = _action(
    "attempt.work",                        "-         -         -         -         -         own       -        ",
    None, "Answer, flag, visit, submit and report signals over the candidate's socket")
ATTEMPT_INTERVENE: Final = _action(
    "attempt.intervene",                   "org       org       assigned  -         -         -         -        ",
    None, "Pause, resume, extend, reset, terminate and end attempts")
ALERT_SETTLE: Final = _action(
    "alert.settle",                        "org       org       assigned  -         -         -         -        ",
    None, "Acknowledge alerts, or dismiss them with a note")
INCIDENT_READ: Final = _action(
    "incident.read",                       "org       org       org       -         org       -         any      ",
    None, "List incidents")
INCIDENT_RECORD: Final = _action(
    "incident.record",                     "org       -         assigned  -         -         -         -        ",
    None, "Write down an incident")
MESSAGE_READ: Final = _action(
    "message.read",                        "org       org       org       -         org       own       -        ",
    None, "Read messages and threads; candidates what is addressed to them")
MESSAGE_SEND: Final = _action(
    "message.send",                        "org       -         assigned  -         -         own       -        ",
    None, "Write in a participant's thread")
MESSAGE_MARK: Final = _action(
    "message.mark",                        "org       -         org       -         -         own       -        ",
    None, "Mark a thread as delivered or read")
HAND_RAISE: Final = _action(
    "hand.raise",                          "-         -         -         -         -         own       -        ",
    None, "Ask for help without words")
BROADCAST_SEND: Final = _action(
    "broadcast.send",                      "org       -         assigned  -         -         -         -        ",
    None, "Announce to many")
MAIL_READ: Final = _action(
    "mail.read",                           "org       org       org       -         org       -         -        ",
    None, "See which mails of a session went to whom, and what became of them")
MAIL_RESEND: Final = _action(
    "mail.resend",                         "org       org       -         -         -         -         -        ",
    None, "Send a mail of a session again")
MAIL_MANAGE: Final = _action(
    "mail.manage",                         "org       org       -         -         -         -         -        ",
    None, "Read and write the organisation's mail templates and settings")
MAIL_REQUEST: Final = _action(
    "mail.request",                        "-         -         -         -         -         -         org      ",
    None, "Ask for a mail that follows from no fact, and what became of it: the gateway, for one organisation")
# Afterwards                                admin     scheduler proctor   reviewer  auditor   candidate service
REVIEW_SCORE: Final = _action(
    "review.score",                        "org       -         -         org       -         -         -        ",
    None, "See, claim, give back and score reviews")
RESULT_READ: Final = _action(
    "result.read",                         "org       org       org       -         org       -         -        ",
    Scope.RESULTS_READ, "Read results")
RESULT_RELEASE: Final = _action(
    "result.release",                      "org       org       assigned  -         -         -         -        ",
    None, "Release results to candidates")
RESULT_OWN: Final = _action(
    "result.own",                          "-         -         -         -         -         own       -        ",
    None, "Read one's own released result")
REPORT_READ: Final = _action(
    "report.read",                         "org       org       org       -         org       -         -        ",
    Scope.RESULTS_READ, "Read summaries and the activity of a session")
REPORT_REBUILD: Final = _action(
    "report.rebuild",                      "-         -         -         -         -         -         any      ",
    None, "Build the read models of every organisation anew")
# Accounts, kept by the gateway             admin     scheduler proctor   reviewer  auditor   candidate service
ME_READ: Final = _action(
    "me.read",                             "own       own       own       own       own       own       -        ",
    None, "Read who is signed in")
ME_MANAGE: Final = _action(
    "me.manage",                           "own       own       own       own       own       -         -        ",
    None, "List and end one's own sign-ins, change one's own password")
ACCOUNT_READ: Final = _action(
    "account.read",                        "org       org       -         -         -         -         -        ",
    None, "List staff accounts and their roles")
ACCOUNT_MANAGE: Final = _action(
    "account.manage",                      "org       -         -         -         -         -         -        ",
    None, "Invite staff, change roles, deactivate, reset passwords, sign others out")
PROVIDER_MANAGE: Final = _action(
    "provider.manage",                     "org       -         -         -         -         -         -        ",
    None, "Set the organisation's sign-in provider, and let accounts be linked to it")
API_TOKEN_MANAGE: Final = _action(
    "api-token.manage",                    "org       -         -         -         -         -         -        ",
    None, "Make, list and revoke API tokens")
AUDIT_READ: Final = _action(
    "audit.read",                          "org       -         -         -         org       -         -        ",
    Scope.AUDIT_READ, "Read and export the organisation's audit trail")
# fmt: on
SIGN_IN: Final = _public("sign-in", "Sign in with a password or a one-time link")
SIGN_IN_PROVIDER: Final = _public("sign-in.provider", "Sign in with the organisation's own provider")
SIGN_IN_KEEP: Final = _public("sign-in.keep", "Renew or end a sign-in with its refresh token")
PASSWORD_RESET: Final = _public("password.reset", "Ask for a reset link, and set a password with it")
INVITATION_ACCEPT: Final = _public("invitation.accept", "Accept an invitation with its link")
JOIN: Final = _public("join", "Join a session with a code")
JOIN_KEEP: Final = _public("join.keep", "Renew a candidate's sign-in with its refresh token")


def table() -> str:
    """The whole table as text, for people."""
    name_width = max(len(each.name) for each in _actions.values())
    scope_width = max(len(scope) for scope in Scope)
    head = ["action".ljust(name_width), *(role.ljust(9) for role in COLUMNS), "API scope".ljust(scope_width), "what"]
    lines = ["  ".join(head), ""]
    for each in _actions.values():
        if each.public:
            cells = ["everybody, without signing in".ljust(9 * len(COLUMNS) + 2 * (len(COLUMNS) - 1))]
        else:
            cells = [str(each.grants.get(role, "-")).ljust(9) for role in COLUMNS]
        scope = (each.scope or "-").ljust(scope_width)
        lines.append("  ".join([each.name.ljust(name_width), *cells, scope, each.meaning]))
    legend = (__doc__ or "").split("\n\n", 2)[2]
    return "\n".join([*lines, "", legend.strip()])
