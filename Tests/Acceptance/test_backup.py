"""A pool is backed up while it works, loses its database, its queue and its store, and continues from the backup."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from support import media
from support.client import Client, problem
from support.cluster import Cluster
from support.services import BUCKET

SLOW = ("--ladder", "240=400", "--preset", "veryslow", "--range-segments", "2", "--encoder-threads", "1")


def run(*command: str | Path) -> None:
    """Runs a command of the operator, which must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(240)
def test_a_pool_continues_from_its_backup(tmp_path: Path) -> None:
    """Runs the commands of docs/operations.md in their order: the database first, then the store."""
    with Cluster(apis=1, workers=1, encoding=SLOW, worker_options=("--slots", "1")) as cluster:
        store = cluster.environment["STORAGE_URL"]
        dump, copied = tmp_path / "videohost.dump", f"file:{tmp_path / 'media'}"
        client = Client.registered(cluster.urls["api1"])
        finished = client.upload(media.clip("rot270_iphone_3frames.mov"))
        assert client.wait(finished)["state"] == "ready"
        served = cluster.store.digests(f"videos/{finished}/")
        unfinished = client.upload(media.long_clip(tmp_path / "long.mp4", 16))
        client.wait(unfinished, {"playable"})

        run("pg_dump", "--format=custom", f"--file={dump}", cluster.postgres.url)
        for step in (("copy", store, copied), ("verify", copied, "--against", store)):
            done = cluster.run("storage", *step)
            # Objects that were written after the copy are not in it, and `verify` reports them; everything else must be equal.
            assert done.returncode == 0 or (step[0] == "verify" and done.returncode == 1), done.stderr
        later = client.upload(media.clip("odd_161x121_vp9.webm"))

        # Everything is lost except the backup.
        assert cluster.stop_nodes() == []
        with cluster.postgres.connect() as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        cluster.redis.empty()
        objects = cluster.store.client()
        for key in cluster.store.objects():
            objects.delete_object(Bucket=BUCKET, Key=key)

        run("pg_restore", "--clean", "--if-exists", f"--dbname={cluster.postgres.url}", dump)
        done = cluster.run("storage", "copy", copied, store)
        assert done.returncode == 0, done.stderr
        for node in cluster.nodes.values():
            node.launch()
        for node in cluster.nodes.values():
            node.wait_until_ready()

        visitor = Client(cluster.urls["api1"])
        video = visitor.video(finished)
        assert video["state"] == "ready"
        assert visitor.get(video["playback"]["hls"]).status_code == 200
        assert cluster.store.digests(f"videos/{finished}/") == served
        assert visitor.wait(unfinished, timeout=150)["state"] == "ready"
        problem(visitor.get(f"/v1/videos/{later}"), 404, "video_not_found")
        # Sessions were in Redis: users log in again.
        problem(client.post("/v1/videos", json={"title": "again"}), 401, "invalid_token")


def test_a_later_copy_of_the_store_completes_the_dump(tmp_path: Path) -> None:
    """A copy of the store that is made after the dump has every object to which the dump refers."""
    with Cluster(apis=1, workers=1, encoding=SLOW, worker_options=("--slots", "1")) as cluster:
        client = Client.registered(cluster.urls["api1"])
        video = client.upload(media.long_clip(tmp_path / "long.mp4", 16))
        deadline = time.monotonic() + 100
        while client.video(video)["state"] != "ready":
            assert time.monotonic() < deadline
            rows = cluster.postgres.rows("SELECT track, first_segment, segment_count FROM ledger")
            stored = cluster.store.objects()
            for track, first, count in rows:
                for segment in range(first, first + count):
                    assert not track.startswith(("v", "a")) or (
                        f"videos/{video}/g1/{track}/{segment + 1:05}.m4s" in stored
                    ), (track, segment)
