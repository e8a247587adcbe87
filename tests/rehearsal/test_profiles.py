"""Everybody is simulated exactly once, whoever shares the work."""

from dataclasses import asdict
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examhall.rehearsal.window.command import profile_of, token_from, wanted_of
from examhall.rehearsal.window.profile import PROFILES, Impossible, Profile, Share, crews, divided


@given(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))),
    st.integers(1, 4),
    st.integers(1, 5),
)
def test_machines_and_processes_divide_the_window_between_them(window: tuple[int, int], machines: int, workers: int):
    candidates, sessions = window
    proctors = max(1, sessions // 3)
    whole = crews(candidates, proctors, sessions)
    parts = [part for number in range(machines) for part in divided(whole, Share(number + 1, machines), workers)]
    found = [session for part in parts for crew in part for session in crew.sessions]
    assert sorted(number for number, _ in found) == list(range(sessions))
    assert sum(size for _, size in found) == candidates
    assert max(size for _, size in found) - min(size for _, size in found) <= 1


@pytest.mark.parametrize(
    ("candidates", "proctors", "sessions"),
    [(0, 1, 1), (10, 0, 1), (10, 3, 2), (2, 1, 3), (1_000, 1, 51), (10**6, 1, 1)],
)
def test_numbers_that_do_not_go_together_are_refused(candidates: int, proctors: int, sessions: int):
    with pytest.raises(Impossible):
        crews(candidates, proctors, sessions)


@pytest.mark.parametrize("text", ["", "2", "0/3", "4/3", "a/b", "1/0", "-1/2"])
def test_a_share_is_one_of_so_many(text: str):
    with pytest.raises(Impossible):
        Share.parsed(text)


def test_the_ramp_can_be_shortened_and_the_pauses_between_answers_cannot():
    shortened = profile_of("state-test", 60, 3)
    assert (shortened.ramp_seconds, shortened.answers) == (60, 3)
    assert shortened.think_seconds == (30, 150)


@pytest.mark.parametrize("name", list(PROFILES))
def test_a_profile_reaches_the_workers_as_it_is(name: str):
    travelled = Profile.of_json(orjson.loads(orjson.dumps(asdict(PROFILES[name]))))
    assert travelled == PROFILES[name]
    assert travelled.begins is PROFILES[name].begins
    assert isinstance(travelled.think_seconds, tuple)


def test_what_is_left_out_follows_from_the_profile():
    wanted = wanted_of(
        targets=["http://127.0.0.1:1/"],
        token="exh_a_b",
        profile=profile_of("state-test", None, None),
        candidates=20_000,
        proctors=None,
        sessions=None,
        workers=None,
        share="1/1",
        api_rate=None,
        seed=1,
    )
    assert (wanted.sessions, wanted.proctors, wanted.workers) == (1_000, 1_000, 4)
    assert wanted.targets == ("http://127.0.0.1:1",)


def test_the_token_is_asked_for_by_the_names_of_its_scopes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("EXAMHALL_API_TOKEN", raising=False)
    with pytest.raises(Impossible, match="sessions:conduct"):
        token_from(None, None)
    file = tmp_path / "token"
    file.write_text("exh_from_file\n")
    assert token_from(None, file) == "exh_from_file"
    monkeypatch.setenv("EXAMHALL_API_TOKEN", "exh_from_environment")
    assert token_from(None, None) == "exh_from_environment"
