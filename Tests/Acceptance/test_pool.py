"""Several processes on PostgreSQL, Redis and an S3-style store share work, hand it over, and survive failures."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import chaos
import pytest
import requests
from support import media, server
from support.client import Client
from support.cluster import Cluster
from support.fault_proxy import Trouble

SMALL = ("--ladder", "240=400", "--preset", "ultrafast", "--range-segments", "2")
# Slow enough to be interrupted.
SLOW = ("--ladder", "240=400", "--preset", "veryslow", "--range-segments", "12", "--encoder-threads", "1")


@pytest.fixture
def empty() -> Iterator[Cluster]:
    """Only the services, without a schema."""
    with Cluster(migrated=False) as cluster:
        yield cluster


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Checks for one line with these texts on standard error, and for an exit code after which a restart does not help."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 78, done
    assert len(lines) == 1 and lines[0].startswith("videohost: "), done.stderr
    for word in words:
        assert word in lines[0], lines


def until(what: str, check: object, timeout: float = 60) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + timeout
    while not check():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"{what}: not within {timeout} s"
        time.sleep(0.02)


def running(cluster: Cluster, kind: str = "video") -> list[tuple[str, str]]:
    """The running tasks: (id, worker)."""
    return cluster.postgres.rows("SELECT id, worker FROM tasks WHERE state = 'running' AND kind = %s", kind)


# All failures


@pytest.mark.timeout(420)
def test_failures_of_all_kinds() -> None:
    """Each kind of failure once; `make chaos` runs more of them."""
    clips = (
        "audio_only_mono.m4a", "rot270_iphone_3frames.mov", "odd_161x121_vp9.webm", "cut.mp4", "no_audio_h264.mp4",
        "multitrack_2v2a_subs_nasa.mp4",
    )  # fmt: skip
    wrong = chaos.run(chaos.Scenario(seed=20, uploads=6, seconds=36, patience=180, clips=clips, pause=3))
    assert not wrong.found, str(wrong)


# Workers


@pytest.mark.timeout(400)
def test_two_workers_produce_the_same_bytes_as_one() -> None:
    clip = media.clip("perf_bbb_720p25_117s_51.ts")
    with Cluster(apis=1, workers=1, encoding=SMALL, worker_options=("--slots", "1")) as cluster:
        client = Client.registered(cluster.urls["api1"])
        alone = client.upload(clip)
        assert client.wait(alone, timeout=180)["state"] == "ready"
        cluster.add_worker("worker2").wait_until_ready()
        together = client.upload(clip)
        assert client.wait(together, timeout=180)["state"] == "ready"
        query = "SELECT DISTINCT worker FROM tasks WHERE video_id = %s AND kind = 'video'"
        assert len(cluster.postgres.rows(query, alone)) == 1
        assert len(cluster.postgres.rows(query, together)) == 2
        one, two = (
            {key.removeprefix(prefix): digest for key, digest in cluster.store.digests(prefix).items()}
            for prefix in (f"videos/{alone}/g1/", f"videos/{together}/g1/")
        )
        assert one == two
        assert len([path for path in one if path.endswith(".m4s")]) >= 2 * 117 / 4
        assert cluster.stop_nodes() == [] and cluster.left_behind() == [] and cluster.complaints() == []


@pytest.mark.timeout(300)
def test_a_graceful_stop_hands_the_range_back(tmp_path: Path) -> None:
    """Another worker continues at once and not after the lease has expired, and the attempt does not count."""
    options = ("--slots", "1", "--lease", "600000", "--drain", "0")
    with Cluster(apis=1, workers=1, encoding=SLOW, worker_options=options) as cluster:
        client = Client.registered(cluster.urls["api1"])
        video = client.upload(media.long_clip(tmp_path / "long.mp4", 60))
        until("a range is made", lambda: running(cluster))
        ((task, worker),) = running(cluster)
        other = cluster.add_worker("worker2", "--name", "second")
        other.wait_until_ready()
        children = cluster.nodes["worker1"].children()
        assert children
        began = time.monotonic()
        assert cluster.nodes["worker1"].stop(timeout=10) == 0
        assert not any(Path(f"/proc/{child}").exists() for child in children)
        until("it goes on", lambda: "second" in [by for _, by in running(cluster)], timeout=60)
        assert client.wait(video, timeout=150)["state"] == "ready"
        assert time.monotonic() - began < 300, "the lease had to run out first"
        ((state, attempts, epoch, by),) = cluster.postgres.rows(
            "SELECT state, attempts, epoch, worker FROM tasks WHERE id = %s", task
        )
        assert (state, attempts, epoch, by) == ("done", 1, 2, "second") and worker != "second"


@pytest.mark.timeout(200)
def test_a_graceful_stop_finishes_tasks_in_time(tmp_path: Path) -> None:
    """With enough time, a worker finishes its range and then exits."""
    with Cluster(apis=1, workers=1, encoding=SLOW, worker_options=("--slots", "1", "--drain", "100")) as cluster:
        client = Client.registered(cluster.urls["api1"])
        client.upload(media.long_clip(tmp_path / "long.mp4", 30))
        until("a range is made", lambda: running(cluster))
        ((task, _),) = running(cluster)
        assert cluster.nodes["worker1"].stop(timeout=100) == 0
        rows = cluster.postgres.rows("SELECT state, attempts, epoch FROM tasks WHERE id = %s", task)
        assert rows == [("done", 1, 1)]
        assert running(cluster) == []
        assert cluster.stop_nodes() == [] and cluster.left_behind() == []


@pytest.mark.timeout(200)
def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    """Its running tasks are claimed by another worker when the lease has expired."""
    options = ("--slots", "1", "--lease", "4000", "--drain", "600")
    with Cluster(apis=1, workers=1, encoding=SLOW, worker_options=options) as cluster:
        client = Client.registered(cluster.urls["api1"])
        video = client.upload(media.long_clip(tmp_path / "long.mp4", 30))
        until("a range is made", lambda: running(cluster))
        node = cluster.nodes["worker1"]
        children = node.children()
        node.ask_to_end()
        time.sleep(1)
        assert node.is_running
        node.send(signal.SIGTERM)
        assert node.wait_for_end(timeout=3) == 128 + signal.SIGTERM
        until("children are gone", lambda: not any(Path(f"/proc/{child}").exists() for child in children), 5)
        cluster.add_worker("worker2").wait_until_ready()
        assert client.wait(video, timeout=120)["state"] == "ready"
        assert cluster.postgres.rows("SELECT MAX(attempts) FROM tasks") == [(1,)]


@pytest.mark.timeout(200)
def test_hand_backs_do_not_count_as_lost_leases(tmp_path: Path) -> None:
    """Hand-backs do not count as lost leases: after any number of them, a worker that dies later does not end the task."""
    options = ("--slots", "1", "--lease", "2000", "--drain", "0")
    with Cluster(apis=1, workers=1, encoding=SLOW, worker_options=options) as cluster:
        client = Client.registered(cluster.urls["api1"])
        video = client.upload(media.long_clip(tmp_path / "long.mp4", 30))
        node = cluster.nodes["worker1"]
        for _ in range(6):
            until("a range is made", lambda: running(cluster))
            assert node.stop(timeout=10) == 0
            node.start()
        until("a range is made", lambda: running(cluster))
        node.kill()
        node.start()
        assert client.wait(video, timeout=100)["state"] == "ready"
        assert cluster.postgres.rows("SELECT MAX(attempts), MAX(epoch) FROM tasks WHERE kind = 'video'") == [(1, 8)]


# API nodes


def send_all(url: str, location: str, body: bytes) -> None:
    """Sends the bytes of an upload and ignores the response."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    try:
        requests.patch(url + location, data=body, headers=headers, timeout=60)
    except requests.RequestException:
        return


def offset(client: Client, location: str) -> int:
    """The offset of an upload, requested until there is a response."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = client.tus_head(location)
        if answer.status_code == 200:
            return int(answer.headers["Upload-Offset"])
        assert answer.status_code in (423, 500, 503), answer.text
        time.sleep(0.5)
    raise AssertionError(f"no offset: {answer.status_code}")


@pytest.mark.timeout(200)
def test_an_upload_outlives_its_node() -> None:
    """After a node was lost behind the last byte, a client that finds all bytes at another node has its video."""
    body = media.clip("rot270_iphone_3frames.mov").read_bytes()
    with Cluster(apis=2, workers=1, encoding=SMALL) as cluster:
        client = Client.registered(cluster.urls["api2"])
        video = client.create("outlives")["id"]
        location = client.tus_create(len(body), {"videoId": video}).headers["Location"]
        # The node is killed while it waits for the store.
        cluster.proxy.trouble = Trouble(delay=30)
        sending = threading.Thread(target=send_all, args=(cluster.urls["api1"], location, body))
        sending.start()
        uploads = cluster.data("api1") / "uploads"
        until("all bytes are on the disk", lambda: [p for p in uploads.iterdir() if p.stat().st_size == len(body)])
        time.sleep(0.5)
        cluster.nodes["api1"].kill()
        sending.join()
        cluster.proxy.trouble = Trouble()
        assert offset(client, location) == len(body)
        assert client.wait(video, timeout=60)["state"] == "ready"
        assert cluster.stop_nodes() == []
        assert [path for path in cluster.left_behind() if "uploads" in path] == []


@pytest.mark.timeout(200)
def test_other_nodes_hear_of_changes_of_what_they_have_cached() -> None:
    """A new title, a block and a deletion are seen on another node long before its cached responses would be too old."""
    with Cluster(apis=2, workers=1, encoding=SMALL) as cluster:
        here, there = cluster.urls["api1"], cluster.urls["api2"]
        client = Client.registered(here)
        video = client.wait(client.upload(media.clip("rot270_iphone_3frames.mov"), "Before"), timeout=100)["id"]
        client.wait(video, {"ready"})
        document = f"{there}/v1/videos/{video}"
        poster = requests.get(document).json()["playback"]["poster"]
        addresses = [document, f"{there}/v/{video}/g1/main.m3u8", f"{there}{poster}"]
        # Without the notices a cached response would be sent for four seconds.
        soon = 2.5

        def statuses() -> set[int]:
            return {requests.get(address).status_code for address in addresses}

        for _ in range(4):
            assert statuses() == {200}
        assert client.request("PATCH", f"/v1/videos/{video}", json={"title": "After"}).status_code == 200
        until("the new title", lambda: requests.get(document).json()["title"] == "After", soon)
        for _ in range(4):
            assert statuses() == {200}
        assert cluster.run("videos", "block", video, "--reason", "not here", "--yes").returncode == 0
        until("the block", lambda: statuses() == {403}, soon)
        assert cluster.run("videos", "unblock", video, "--yes").returncode == 0
        until("the end of the block", lambda: statuses() == {200}, soon)
        for _ in range(4):
            assert statuses() == {200}
        assert client.request("DELETE", f"/v1/videos/{video}").status_code == 204
        until("the deletion", lambda: statuses() == {404}, soon)


@pytest.mark.timeout(200)
def test_an_upload_outlives_an_outage_of_the_store() -> None:
    """The last bytes arrive while the store is unreachable, and need not be sent again."""
    body = media.clip("rot270_iphone_3frames.mov").read_bytes()
    with Cluster(apis=1, workers=1, encoding=SMALL) as cluster:
        client = Client.registered(cluster.urls["api1"])
        video = client.create("outage")["id"]
        location = client.tus_create(len(body), {"videoId": video}).headers["Location"]
        cluster.proxy.trouble = Trouble(errors=1)
        assert client.tus_patch(location, 0, body).status_code >= 500
        cluster.proxy.trouble = Trouble()
        assert offset(client, location) == len(body)
        assert client.wait(video, timeout=60)["state"] == "ready"


# Starts


@pytest.mark.parametrize("role", ["api", "worker"])
@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL", "STORAGE_URL"])
def test_a_role_reports_missing_settings(role: str, missing: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://127.0.0.1:9/none",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "STORAGE_URL": "s3://none?endpoint=http://127.0.0.1:9",
    }
    del environment[missing]
    refused(server.run(role, "--data", str(tmp_path / "data"), environment=environment), role, missing)


def test_migrating_twice_and_two_at_once(empty: Cluster) -> None:
    command = [str(server.binary()), "migrate", "--data", str(empty.folder / "api")]
    both = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=empty.environment, cwd="/"
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    versions = empty.postgres.rows("SELECT version FROM schema_migrations ORDER BY version")
    assert [version for (version,) in versions] == list(range(1, len(versions) + 1)) and versions
    again = empty.run("migrate")
    assert again.returncode == 0 and "up to date" in again.stdout, again
    assert empty.postgres.rows("SELECT version FROM schema_migrations ORDER BY version") == versions


@pytest.mark.parametrize("role", ["api", "worker"])
def test_a_role_refuses_another_schema(role: str, empty: Cluster) -> None:
    options = ("--port", "0") if role == "api" else ()
    refused(empty.run(role, *options), "videohost migrate")
    assert empty.run("migrate").returncode == 0
    with empty.postgres.connect() as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (9999, 'of the future', 0)")
    refused(empty.run(role, *options), "newer", "9999")
