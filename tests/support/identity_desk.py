"""Candidates who show who they are, over enrollment-svc's own interface."""

from dataclasses import dataclass
from typing import Any

import httpx
from pictures import a_picture

JPEG = {"content-type": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Applicant:
    participant_id: str
    joined: dict[str, Any]
    http: httpx.AsyncClient

    async def put(self, image: str, content: bytes) -> httpx.Response:
        return await self.http.put(f"/v1/candidate/identity/images/{image}", content=content, headers=JPEG)

    async def stored(self, image: str, content: bytes | None = None) -> str:
        answer = await self.put(image, a_picture() if content is None else content)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["image_id"])

    async def submit(self, face: str | None = None, document: str | None = None) -> httpx.Response:
        body = {
            "face": face or await self.stored("face"),
            "document": document or await self.stored("document", a_picture("PNG", (800, 500))),
        }
        return await self.http.post("/v1/candidate/identity/submissions", json=body)

    async def own(self) -> dict[str, Any]:
        answer = await self.http.get("/v1/candidate/identity")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
