"""Safe Exam Browser: the configuration that locks a computer down for our pages, and the proof that it is in force.

One configuration serves a whole deployment: it leads to the door, where candidates say their code. SEB adds to every
request to our host the SHA-256 of the request's address and its Config Key, which it makes of the configuration; we
make the same. What this proves is that a program knows the configuration, which is public: it keeps out whoever opens
the page in a browser of their choice, not somebody who writes such a program. (safeexambrowser.org, "Config Key")
"""

import hashlib
import hmac
import json
import plistlib
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from chassis.auth import Principal
from chassis.outcomes import Rejected
from contracts import problems

FILE_PATH: Final = "/safe-exam-browser.seb"
MEDIA_TYPE: Final = "application/seb"
HASH_HEADER: Final = "x-safeexambrowser-configkeyhash"
PAGE_HEADER: Final = "x-examhall-page"
"""Where SEB shows pages without adding headers to what they ask for (macOS, iPad), the page says the hash that SEB
gave it in JavaScript, and the address it was made for: its own."""

_UNHASHED: Final = "originatorVersion"
_FULL_SCREEN: Final = 1
_BLOCKED: Final = 0
_ALLOW: Final = 1


class SafeExamBrowser:
    """`public_url`: where candidates reach this deployment; None when nobody said, and then SEB cannot be demanded."""

    def __init__(self, public_url: str | None) -> None:
        self._base = None if public_url is None else public_url.rstrip("/")
        settings = {} if self._base is None else configuration(self._base)
        self._key = config_key(settings)
        self.file = plistlib.dumps(settings, fmt=plistlib.FMT_XML, sort_keys=True)

    @property
    def available(self) -> bool:
        return self._base is not None

    def is_around(self, request: HTTPConnection) -> bool:
        """Whether the request comes out of SEB with our configuration."""
        given = request.headers.get(HASH_HEADER)
        if self._base is None or given is None:
            return False
        here = self._base + request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if hmac.compare_digest(given.lower().encode(), self._hash_of(here)):
            return True
        page = request.headers.get(PAGE_HEADER, "").partition("#")[0]
        return page.startswith(self._base + "/") and hmac.compare_digest(given.lower().encode(), self._hash_of(page))

    def refuse_outside(self, request: HTTPConnection, principal: Principal) -> None:
        """Raises Rejected `safe-exam-browser-needed` when somebody locked to it asks from elsewhere."""
        if principal.locked and not self.is_around(request):
            raise Rejected(problems.SAFE_EXAM_BROWSER_NEEDED, "Open the session in Safe Exam Browser.")

    def _hash_of(self, address: str) -> bytes:
        return hashlib.sha256(f"{address}{self._key}".encode()).hexdigest().encode()


def configuration(base: str) -> dict[str, Any]:
    """Full screen, nothing but our host, no other windows, no copies of what is shown."""
    return {
        "originatorVersion": "Examhall",
        "startURL": f"{base}/join",
        "sendBrowserExamKey": True,
        "browserViewMode": _FULL_SCREEN,
        "browserWindowAllowReload": True,
        "newBrowserWindowByLinkPolicy": _BLOCKED,
        "newBrowserWindowByScriptPolicy": _BLOCKED,
        "URLFilterEnable": True,
        "URLFilterEnableContentFilter": False,
        "URLFilterRules": [
            {"action": _ALLOW, "active": True, "expression": urlsplit(base).netloc, "regex": False},
        ],
        "allowQuit": True,  # a proctor sees that the candidate left; nobody is locked in
        "allowPreferencesWindow": False,
        "allowDownloads": False,
        "allowSpellCheck": False,
        "allowVirtualMachine": False,
        "enablePrintScreen": False,
        "examSessionClearCookiesOnStart": True,
        "examSessionClearCookiesOnEnd": True,
    }


def config_key(settings: dict[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the settings as SEB writes them in JSON: sorted, without spaces, escapes and empty
    dictionaries, and without who made them.
    """
    named = {name: value for name, value in settings.items() if name != _UNHASHED}
    text = json.dumps(_sorted(named), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sorted(value: Any) -> Any:
    """Keys in order whatever their case, all the way down."""
    if isinstance(value, dict):
        inner = {name: _sorted(value[name]) for name in sorted(value, key=str.lower)}
        return {name: each for name, each in inner.items() if each != {}}
    if isinstance(value, list):
        return [_sorted(each) for each in value]
    return value
