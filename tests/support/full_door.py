"""A gateway that takes nobody in, as a page sees it."""

import json

from playwright.async_api import Route

from contracts import problems


class FullDoor:
    """Answers joins as a full gateway does until it is opened; keeps what was asked."""

    def __init__(self) -> None:
        self.open = False
        self.keys: list[str | None] = []
        self.codes: list[str] = []

    async def __call__(self, route: Route) -> None:
        request = route.request
        self.keys.append(await request.header_value("idempotency-key"))
        self.codes.append((request.post_data_json or {})["code"])
        if self.open:
            await route.continue_()
            return
        problem = problems.OVERLOADED
        document = {"type": problem.uri, "title": problem.title, "status": problem.status, "retry_after_s": 2}
        await route.fulfill(
            status=problem.status, content_type="application/problem+json", body=json.dumps(document | {"detail": ""})
        )
