"""Pictures go when their time is over: from the store for certain, with a proof, wherever a sweep was cut off."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from identity_desk import Applicant
from s3_store import s3_server

from chassis.outcomes import Transient
from chassis.service import Service
from contracts.statuses import IdentityVerification
from enrollment_svc.service.desk import Desk
from enrollment_svc.service.retention import Retention
from enrollment_svc.settings import Settings
from enrollment_svc.store.images import Images, images_of
from enrollment_svc.store.participants import EnrollmentStore
from enrollment_svc.store.pictures import PictureStore

pytestmark = pytest.mark.stack

REQUIRED = {"identity_verification": IdentityVerification.REQUIRED, "identity_images_days": 30}
DAYS = timedelta(days=1)
DELETED = "examhall.participant.identity-images-deleted.v1"


@dataclass
class Clock:
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        now = datetime.now(UTC) + self.ahead
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass
class Sweeper:
    """The service's own sweep, at another time of day."""

    service: Service
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        assert isinstance(self.service.settings, Settings)
        self.directory = self.service.settings.images_directory
        self.images = images_of(self.service.settings)
        self.pictures = PictureStore(self.service.mongo)
        store = EnrollmentStore(self.service.mongo)
        self.relay = self.service.relay(store.participants)
        self.desk = Desk(store, self.clock, self.relay)

    async def sweep(self, ahead: timedelta, images: Images | None = None, pictures: Any = None) -> None:
        self.clock.ahead = ahead
        await Retention(self.desk, pictures or self.pictures, images or self.images).sweep()
        self.clock.ahead = timedelta()

    async def noted(self, who: Applicant) -> int:
        return await self.pictures.count_of(who.participant_id)

    def files(self, who: Applicant) -> dict[str, bytes]:
        assert self.directory is not None
        return {each.name: each.read_bytes() for each in self.directory.glob(f"*/*/{who.participant_id}/*")}


@pytest.fixture
async def sweeper(service: Service) -> AsyncIterator[Sweeper]:
    made = Sweeper(service)
    yield made
    await made.images.close()


async def admitted(who: Applicant, proctor: httpx.AsyncClient) -> None:
    assert (await who.submit()).status_code == 200
    path = f"/v1/participants/{who.participant_id}/identity/confirm"
    assert (await proctor.post(path, json={"submission": 1})).status_code == 200


async def test_thirty_days_after_the_end_the_pictures_are_gone_and_proved_to_be(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient, read_facts: Any, sweeper: Sweeper
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    await admitted(who, proctor)
    await session.end()
    stored = sweeper.files(who)
    assert len(stored) == 2
    await sweeper.sweep(30 * DAYS - timedelta(minutes=5))
    assert sweeper.files(who) == stored
    await sweeper.sweep(30 * DAYS + timedelta(minutes=5))
    assert sweeper.files(who) == {}
    assert await sweeper.noted(who) == 0
    facts = await read_facts(who.participant_id, 6)
    proof = facts[-1]
    assert proof.type == DELETED
    assert proof.data.why == "expired"
    assert {each.image_id: each.sha256 for each in proof.data.images} == {
        name: hashlib.sha256(content).hexdigest() for name, content in stored.items()
    }
    view = (await proctor.get(f"/v1/participants/{who.participant_id}/identity")).json()
    assert view["images"] == []
    assert view["images_deletion"] == "expired"
    assert datetime.fromisoformat(view["images_deleted_at"]) == proof.data.deleted_at
    seen = await proctor.get(f"/v1/participants/{who.participant_id}/identity/images/face")
    assert seen.status_code == 404
    assert seen.json()["type"] == "/problems/image-not-kept"
    assert "deleted_at" in seen.json()


async def test_each_session_keeps_its_own_number_of_days(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient, sweeper: Sweeper
) -> None:
    short, long = await open_session(**REQUIRED | {"identity_images_days": 1}), await open_session(**REQUIRED)
    people = []
    for session in (short, long):
        people.append(await arrive(session))
        await admitted(people[-1], proctor)
        await session.end()
    await sweeper.sweep(2 * DAYS)
    assert [len(sweeper.files(each)) for each in people] == [0, 2]


async def test_a_cancelled_session_and_a_removed_person_count_from_then(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient, read_facts: Any, sweeper: Sweeper
) -> None:
    cancelled, going_on = await open_session(**REQUIRED), await open_session(**REQUIRED)
    one, two = await arrive(cancelled), await arrive(going_on)
    for who in (one, two):
        await who.submit()
    await cancelled.cancel()
    removed = await proctor.post(f"/v1/participants/{two.participant_id}/remove", json={"reason": "Left"})
    assert removed.status_code == 200
    await sweeper.sweep(30 * DAYS - timedelta(minutes=5))
    assert [len(sweeper.files(each)) for each in (one, two)] == [2, 2]
    await sweeper.sweep(30 * DAYS + timedelta(minutes=5))
    assert [len(sweeper.files(each)) for each in (one, two)] == [0, 0]
    assert (await read_facts(one.participant_id, 4))[-1].data.why == "expired"
    assert (await read_facts(two.participant_id, 5))[-1].data.why == "removed"


async def test_what_was_never_sent_off_and_what_was_replaced_goes_soon_and_the_rest_stays(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient, read_facts: Any, sweeper: Sweeper
) -> None:
    who = await arrive(await open_session(**REQUIRED))
    await who.stored("face")
    await who.submit()
    await proctor.post(
        f"/v1/participants/{who.participant_id}/identity/reject", json={"submission": 1, "reason": "Blurred"}
    )
    face, document = await who.stored("face"), await who.stored("document")
    await who.submit(face, document)
    assert len(sweeper.files(who)) == 5
    await sweeper.sweep(timedelta(minutes=70))
    assert sweeper.files(who).keys() == {face, document}
    proof = (await read_facts(who.participant_id, 6))[-1]
    assert (proof.type, proof.data.why, len(proof.data.images)) == (DELETED, "unused", 3)
    assert (await proctor.get(f"/v1/participants/{who.participant_id}/identity")).json()["images"] == [
        "face",
        "document",
    ]


async def test_a_session_that_nobody_ends_keeps_no_pictures_for_ever(
    open_session: Any, arrive: Any, sweeper: Sweeper
) -> None:
    who = await arrive(await open_session(**REQUIRED))
    await who.submit()
    await sweeper.sweep(36 * DAYS)
    assert len(sweeper.files(who)) == 2
    await sweeper.sweep(38 * DAYS)
    assert sweeper.files(who) == {}


class CutOff(Exception):
    """The process ended here."""


class ForgetsNot(PictureStore):
    async def forget(self, *_: Any) -> None:
        raise CutOff


class KeepsSecretly(Images):
    async def delete(self, *_: Any) -> bool:
        return False


class Away(Images):
    async def delete(self, *_: Any) -> bool:
        raise Transient("away")


async def test_a_sweep_cut_off_after_the_proof_does_not_prove_twice(
    open_session: Any, arrive: Any, sweeper: Sweeper, service: Service
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    await who.submit()
    await session.end()
    with pytest.raises(CutOff):
        await sweeper.sweep(31 * DAYS, pictures=ForgetsNot(service.mongo))
    assert (sweeper.files(who), await sweeper.noted(who)) == ({}, 2)
    version = (await sweeper.desk.store.participant(who.participant_id)).version  # type: ignore[union-attr]
    await sweeper.sweep(31 * DAYS)
    after = await sweeper.desk.store.participant(who.participant_id)
    assert after is not None
    assert (after.version, len(after.identity.gone)) == (version, 2)
    assert await sweeper.noted(who) == 0


async def test_an_upload_cut_off_before_or_after_the_store_had_it_leaves_nothing(
    open_session: Any, arrive: Any, sweeper: Sweeper
) -> None:
    who = await arrive(await open_session(**REQUIRED))
    await who.stored("face")  # nobody ever heard of it
    (name,) = sweeper.files(who)
    picture = (await sweeper.pictures.named([name]))[name]
    await sweeper.pictures.note(replace(picture, image_id=f"{name}-2", path=f"{picture.path}-2"))  # and never put
    await sweeper.sweep(timedelta(minutes=70))
    assert (sweeper.files(who), await sweeper.noted(who)) == ({}, 0)


@pytest.mark.parametrize("kind", [KeepsSecretly, Away])
async def test_nothing_is_proved_before_the_store_says_that_it_is_gone(
    open_session: Any, arrive: Any, sweeper: Sweeper, kind: type[Images]
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    await who.submit()
    await session.end()
    with pytest.raises(Transient):
        await sweeper.sweep(31 * DAYS, images=kind(None, None))
    participant = await sweeper.desk.store.participant(who.participant_id)
    assert participant is not None
    assert participant.identity.gone == ()
    await sweeper.sweep(31 * DAYS)  # postponed: what is stuck must not hold up the others
    assert len(sweeper.files(who)) == 2
    await sweeper.sweep(31 * DAYS + timedelta(minutes=11))
    assert sweeper.files(who) == {}


async def test_the_same_in_a_real_bucket(
    open_session: Any, arrive: Any, service: Service, sweeper: Sweeper, tmp_path: Path
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    await who.submit()
    await session.end()
    async with s3_server(tmp_path) as (s3, _):
        assert isinstance(service.settings, Settings)
        bucket = images_of(
            service.settings.model_copy(
                update={
                    "images_bucket": s3.bucket,
                    "images_endpoint": s3.endpoint,
                    "images_access_key_id": s3.access_key,
                    "images_secret_access_key": s3.secret,
                }
            )
        )
        paths = [f"acme/{session.session_id}/{who.participant_id}/{name}" for name in sweeper.files(who)]
        for path in paths:
            await bucket.put(path, bucket.sealed(b"a picture", path))
        await sweeper.sweep(31 * DAYS, images=bucket)
        assert [await bucket.get(path) for path in paths] == [None, None]
        await bucket.close()
    participant = await sweeper.desk.store.participant(who.participant_id)
    assert participant is not None
    assert len(participant.identity.gone) == 2
