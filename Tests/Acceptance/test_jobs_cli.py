"""`videohost jobs`: lists and changes for operators, without an effect on viewers."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from support import media
from support.client import Client
from support.operators import Operator, until
from support.server import Server, run

CLIP = media.clip("perf_bbb_1080p30_10s_51.mp4")
FAST = ("--preset", "ultrafast", "--slots", "1")


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path / "data")


def objects(folder: Path) -> dict[str, Path]:
    """Every object of a generation, by its path in the generation."""
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.timeout(300)
def test_reprocessing_does_not_affect_viewers(start: Callable[..., Server], operator: Operator) -> None:
    """Every object of the old generation is served until its retention ends; then its folder is deleted."""
    arguments = ("--ladder", "240=300", *FAST)
    server = start(*arguments)
    client = Client.registered(server.url)
    video = client.upload(CLIP)
    old = client.wait(video)["playback"]["hls"]
    assert "/g1/" in old
    parts = sorted(objects(operator.generation(video, 1)))
    assert any(part.endswith(".m4s") for part in parts) and "main.m3u8" in parts

    def play(number: int) -> None:
        for part in parts:
            answer = requests.get(f"{server.url}/v/{video}/g{number}/{part}", timeout=30)
            assert answer.status_code == 200, part

    (begun,) = operator.json("reprocess", video)
    assert begun["generation"] == 2 and begun["state"] == "queued"
    (refused,) = operator.json("reprocess", video, code=75)
    assert refused["code"] == "under_way"
    tasks = operator.json("show", begun["job"])["tasks"]
    assert {task["lane"] for task in tasks} == {"bulk"}
    seen = set()
    deadline = time.monotonic() + 120
    while True:
        now = client.video(video)
        assert now["state"] == "ready" and time.monotonic() < deadline
        seen.add(now["playback"]["hls"])
        play(1)
        if "/g2/" in now["playback"]["hls"]:
            break
    assert len(seen) == 2
    play(1)
    play(2)
    # The same source and plan give the same bytes.
    one, two = objects(operator.generation(video, 1)), objects(operator.generation(video, 2))
    assert one.keys() == two.keys()
    assert all(one[part].read_bytes() == two[part].read_bytes() for part in one if part.endswith(".m4s"))

    # Without retention, the replaced generation is deleted.
    server.stop()
    server = start(*arguments, "--retention", "0")
    operator.jobs("reprocess", video)
    client = Client(server.url, client.token)
    until(lambda: "/g3/" in client.video(video)["playback"]["hls"])
    until(lambda: not operator.generation(video, 1).exists() and not operator.generation(video, 2).exists())
    play(3)
    until(lambda: operator.sql("SELECT COUNT(*) FROM removals") == [(0,)])
    assert operator.sql("SELECT number FROM generations WHERE video_id = ?", video) == [(3,)]
    # Deleting leaves no object, also if a worker writes one more object afterwards.
    owner = Client(server.url, client.token)
    assert owner.request("DELETE", f"/v1/videos/{video}").status_code == 204
    assert not operator.generation(video, 3).exists()
    assert len(operator.sql("SELECT id FROM removals WHERE folder LIKE ?", f"%{video}")) >= 2
    stray = operator.generation(video, 3) / "v240" / "00001.m4s"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"zombie")
    operator.sql("UPDATE removals SET due_at = 0")
    until(lambda: not stray.exists() and operator.sql("SELECT COUNT(*) FROM removals") == [(0,)])


@pytest.mark.timeout(300)
def test_only_missing_tracks_are_processed(start: Callable[..., Server], operator: Operator) -> None:
    """With a larger ladder the new rung is processed, and all other tracks are reused without writing a byte."""
    server = start("--ladder", "240=300", *FAST)
    client = Client.registered(server.url)
    video = client.upload(CLIP)
    client.wait(video)
    server.stop()
    server = start("--ladder", "240=300,360=600", "--range-segments", "1", *FAST)
    client = Client(server.url, client.token)
    chosen = operator.json("reprocess", "--where", "missing-rung=360,state=ready", "--dry-run")
    assert [change["video"] for change in chosen] == [video]
    (begun,) = operator.json("reprocess", "--where", "missing-rung=360,state=ready", "--only", "missing")
    until(lambda: "/g2/" in client.video(video)["playback"]["hls"], timeout=120)
    tasks = operator.json("show", begun["job"])["tasks"]
    kinds = [next(iter(task["item"])) for task in tasks]
    assert kinds.count("carry") == 1 and "audio" not in kinds and "images" not in kinds, kinds
    assert all(task["item"]["video"]["rungs"] == ["v360"] for task in tasks if "video" in task["item"])
    old, new = objects(operator.generation(video, 1)), objects(operator.generation(video, 2))
    carried = [part for part in old if part.endswith((".m4s", ".mp4", ".jpg"))]
    assert carried and any(part.startswith("a") for part in carried)
    for part in carried:
        assert new[part].stat().st_ino == old[part].stat().st_ino, part
    made = {part.split("/")[0] for part in new if part.endswith(".m4s")} - {part.split("/")[0] for part in carried}
    assert made == {"v360"}
    assert operator.json("reprocess", "--where", "missing-rung=360") == []
    playlist = requests.get(server.url + client.video(video)["playback"]["hls"], timeout=30).text
    assert "v240/index.m3u8" in playlist and "v360/index.m3u8" in playlist


@pytest.mark.timeout(300)
def test_cancel_and_retry(start: Callable[..., Server], operator: Operator) -> None:
    """A cancelled video has the code `cancelled`; after a retry it becomes ready."""
    server = start("--ladder", "360=600,720=2800", "--slots", "1")
    client = Client.registered(server.url)
    video = client.upload(CLIP)
    # An id that is given twice is handled once; the next command refuses, since there is nothing to do.
    (change,) = operator.json("cancel", video, video)
    (again,) = operator.json("cancel", video, code=65)
    assert change["state"] == "cancelled" and again["code"] == "ended"
    cancelled = client.wait(video, {"failed"})
    assert cancelled["failure"]["code"] == "cancelled"
    assert "cancelled" in operator.jobs("explain", video)
    (change,) = operator.json("retry", video)
    assert change["state"] == "queued"
    explained = operator.json("explain", video)
    assert explained["sentences"]
    assert client.wait(video)["state"] == "ready"
    assert "done" in operator.jobs("explain", video)
    numbers = operator.json("stats")
    assert numbers["jobs"]["done"] == 1 and numbers["tasks"]["publish"]["done"] == 1
    assert {row["kind"] for row in numbers["durations"]} >= {"probe", "video", "publish"}
    assert "LANE" in operator.jobs("stats")
    assert operator.json("reconcile") == {"offered": 0, "reclaimed": 0}


@pytest.mark.timeout(300)
def test_dead_tasks_and_dry_runs(start: Callable[..., Server], operator: Operator) -> None:
    """A task that cannot succeed becomes dead, is listed with its reason, and can be retried; reading changes nothing."""
    arguments = ("--ladder", "240=300", *FAST)
    server = start(*arguments)
    client = Client.registered(server.url)
    video, other = client.upload(CLIP), client.upload(CLIP)
    client.wait(video)
    client.wait(other)
    server.stop()
    source = operator.data / "media" / "sources" / video / "original"
    hidden = source.rename(source.with_name("hidden"))

    # No server runs: reading and dry runs do not change any row.
    before = operator.dump()
    assert {change["video"] for change in operator.json("reprocess", "--all", "--dry-run")} == {video, other}
    assert operator.json("prune", "--older-than", "0s", "--dry-run") == {"dryRun": True, "generations": [], "jobs": 2}
    (refused,) = operator.json("retry", video, "--dry-run", code=65)
    assert refused["code"] == "not_dead" and refused["dryRun"]
    operator.jobs("cancel", video, "--dry-run", code=65)
    assert operator.json("reconcile", "--dry-run")["reclaimed"] == 0
    for command in (["list"], ["stats"], ["dead", "list"], ["explain", video], ["workers"]):
        operator.jobs(*command)
        operator.json(*command)
    operator.jobs("reprocess", "--all", code=64)
    operator.jobs("prune", "--older-than", "0s", code=64)
    operator.jobs("reconcile", code=69)
    assert operator.dump() == before

    (begun,) = operator.json("reprocess", video)
    assert operator.json("cancel", begun["job"], "--dry-run")[0]["state"] == "cancelled"
    operator.sql("UPDATE tasks SET max_attempts = 1 WHERE job_id = ?", begun["job"])
    server = start(*arguments)
    client = Client(server.url, client.token)
    until(lambda: operator.json("dead", "list") != [])
    (dead,) = operator.json("dead", "list")
    assert dead["jobID"] == begun["job"] and dead["errorCode"] == "storage_error"
    assert "storage_error" in operator.jobs("dead", "list")
    assert "storage_error" in operator.jobs("explain", video)
    # The attempt has failed, the video has not.
    assert client.video(video)["state"] == "ready" and "/g1/" in client.video(video)["playback"]["hls"]
    hidden.rename(source)
    assert operator.json("dead", "retry", "--all", "--dry-run")[0]["job"] == begun["job"]
    (change,) = operator.json("dead", "retry", dead["id"])
    assert change["state"] == "queued"
    until(lambda: "/g2/" in client.video(video)["playback"]["hls"])
    assert operator.json("dead", "list") == [] and operator.json("dead", "retry", "--all") == []

    # Pruning deletes ended jobs; the served generation stays.
    done = operator.json("prune", "--older-than", "0s", "--yes")
    assert done["jobs"] == 3 and operator.json("list") == []
    assert requests.get(server.url + client.video(video)["playback"]["hls"], timeout=30).status_code == 200
    assert client.video(other)["state"] == "ready"


def test_exit_codes(start: Callable[..., Server], operator: Operator) -> None:
    """Exit codes are stable, with the reason in one line."""
    operator.jobs("list", code=66)
    start().stop()
    unknown = "job_00000000000000000000000000"
    for command in (["show"], ["explain"], ["cancel"], ["retry"], ["reprocess"], ["dead", "retry"]):
        operator.jobs(*command, unknown, code=66)
    for usage in (
        ["reprocess"],
        ["reprocess", unknown, "--all"],
        ["reprocess", "--where", "rung=1080"],
        ["reprocess", "--where", "state=finished"],
        ["reprocess", "--where", "older-than=soon"],
        ["reprocess", "--all", "--only", "some"],
        ["prune", "--older-than", "30"],
        ["prune"],
        ["dead", "retry"],
        ["list", "--state", "finished"],
        ["list", "--limit", "0"],
        ["dead", "list", "--limit", "10001"],
    ):
        operator.jobs(*usage, code=64)
    operator.jobs("reconcile", code=69)
    assert operator.jobs("reprocess", "--all") == "nothing to do\n"
    operator.sql("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'later', 0)")
    operator.jobs("list", code=78)


def test_ten_thousand_jobs(start: Callable[..., Server], operator: Operator) -> None:
    """Ten thousand jobs with ten tasks each are listed, counted and explained quickly."""
    server = start(*FAST)
    Client.registered(server.url).create()
    server.stop()
    with sqlite3.connect(operator.data / "videohost.db") as connection:
        ((video,),) = connection.execute("SELECT id FROM videos").fetchall()
        jobs = [(f"job_{number:026d}", video, number) for number in range(10_000)]
        connection.executemany(
            "INSERT INTO jobs (id, video_id, generation, kind, state, created_at) VALUES (?, ?, 1, 'process', 'queued', ?)",
            jobs,
        )
        connection.executemany(
            """
            INSERT INTO tasks (id, job_id, video_id, generation, ordinal, spec, kind, lane, state, created_at)
            VALUES (?, ?, ?, 1, ?, '{"probe":{}}', 'probe', 'bulk', 'queued', ?)
            """,
            [
                (f"tsk_{number:022d}{place:04d}", job, video, place, 0)
                for job, video, number in jobs
                for place in range(10)
            ],
        )
    begin = time.monotonic()
    assert len(operator.json("list", "--limit", "10000")) == 10_000
    took = time.monotonic() - begin
    print(f"10,000 jobs as JSON: {took:.2f} s")
    begin = time.monotonic()
    assert len(operator.jobs("list", "--limit", "10000").splitlines()) == 10_001
    print(f"10,000 jobs as a table: {time.monotonic() - begin:.2f} s")
    assert operator.json("stats")["lanes"][2]["waiting"] == 100_000
    assert "No worker is alive" in operator.jobs("explain", jobs[5000][0])


def test_completion_scripts() -> None:
    """Shells can complete commands and the values of options."""
    for shell in ("bash", "zsh", "fish"):
        done = run("--generate-completion-script", shell)
        assert done.returncode == 0 and "reprocess" in done.stdout and "retrying" in done.stdout, shell
