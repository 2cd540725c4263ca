"""Checks of an idle pool: SQL, store, queue and folders agree, and no range was recorded twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from .cluster import Cluster

# Database triggers record every change of rows that must not change twice, independently of the program.
WATCH = """
CREATE TABLE watched_ledger (
    video_id TEXT, generation BIGINT, track TEXT, first_segment BIGINT, epoch BIGINT, noted_at TIMESTAMPTZ DEFAULT now());
CREATE FUNCTION watch_ledger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO watched_ledger VALUES (NEW.video_id, NEW.generation, NEW.track, NEW.first_segment, NEW.epoch);
    RETURN NEW; END $$;
CREATE TRIGGER watch_ledger AFTER INSERT OR UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION watch_ledger();
CREATE TABLE watched_videos (video_id TEXT, old_state TEXT, new_state TEXT, noted_at TIMESTAMPTZ DEFAULT now());
CREATE FUNCTION watch_videos() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.state <> OLD.state THEN INSERT INTO watched_videos VALUES (NEW.id, OLD.state, NEW.state); END IF;
    RETURN NEW; END $$;
CREATE TRIGGER watch_videos AFTER UPDATE ON videos FOR EACH ROW EXECUTE FUNCTION watch_videos();
"""

# The allowed transitions of a video; a draft may be a video whose upload was abandoned.
STEPS = {
    ("draft", "uploading"),
    ("uploading", "draft"),
    ("uploading", "processing"),
    ("processing", "playable"),
    ("playable", "ready"),
    ("processing", "rejected"),
}
MANIFESTS = re.compile(r"main\.m3u8|manifest\.mpd|storyboard\.vtt|[^/]+/(index|iframes)\.m3u8")


def watch(cluster: Cluster) -> None:
    """Starts the recording."""
    with cluster.postgres.connect() as connection:
        connection.execute(WATCH)


def unfinished(cluster: Cluster) -> list[str]:
    """The work that is left until the pool is idle."""
    rows = cluster.postgres.rows(
        "SELECT 'task ' || id || ' ' || kind || ' ' || state FROM tasks WHERE finished_at IS NULL UNION ALL "
        "SELECT 'job ' || id || ' ' || state FROM jobs WHERE finished_at IS NULL UNION ALL "
        "SELECT 'upload ' || id || ' of ' || COALESCE(video_id, '?') FROM uploads WHERE state = 'open'"
    )
    return [row[0] for row in rows]


def steps(cluster: Cluster) -> list[str]:
    """Videos with a transition that is not allowed, or that occurred twice."""
    rows = cluster.postgres.rows("SELECT video_id, old_state, new_state FROM watched_videos")
    wrong = [f"{video} went from {old} to {new}" for video, old, new in rows if (old, new) not in STEPS]
    repeatable = {("draft", "uploading"), ("uploading", "draft")}
    for (video, old, new), count in Counter(rows).items():
        if count > 1 and (old, new) not in repeatable:
            wrong.append(f"{video} went from {old} to {new} {count} times")
    return wrong


def published(cluster: Cluster) -> list[str]:
    """Ranges that were recorded more than once, or not by the newest claim of their task."""
    wrong = []
    rows = cluster.postgres.rows(
        "SELECT video_id, generation, track, first_segment, COUNT(*), array_agg(epoch ORDER BY noted_at) "
        "FROM watched_ledger GROUP BY 1, 2, 3, 4"
    )
    wrong += [f"{row[:4]} was published {row[4]} times, in epochs {row[5]}" for row in rows if row[4] != 1]
    # A video range or the images are recorded by the claim that ended the task. Audio is recorded range by
    # range, so the first ranges may be of an earlier claim than the last one.
    epochs: dict[tuple[Any, ...], int] = {}
    tasks = cluster.postgres.rows("SELECT video_id, generation, spec, state, epoch, attempts FROM tasks")
    for video, generation, spec, state, epoch, _ in tasks:
        if state not in ("done", "cancelled"):
            wrong.append(f"a task of {video} ended as {state}: {spec}")
        for track, first in covered(json.loads(spec)):
            epochs[video, generation, track, first] = epoch
    entries = cluster.postgres.rows("SELECT video_id, generation, track, first_segment, epoch FROM ledger")
    for video, generation, track, first, epoch in entries:
        exact = epochs.get((video, generation, track, first))
        newest = epochs.get((video, generation, track, None), exact)
        if newest is None:
            wrong.append(f"nobody was told to make {(video, generation, track, first)}")
        elif epoch > newest or (exact is not None and epoch != exact):
            wrong.append(f"{(video, generation, track, first)} is of claim {epoch}, and its task of {newest}")
    return wrong


def covered(spec: dict[str, Any]) -> list[tuple[str, int | None]]:
    """The ledger rows of a task as (track, first segment); `None` for all rows of a track."""
    for kind, detail in spec.items():
        if kind == "video":
            return [(rung, detail["range"]["first"]) for rung in detail["rungs"]]
        if kind == "audio":
            return [(detail["track"], None)]
        if kind == "keep":
            return [(detail["rung"], None)]
        if kind == "images":
            return [("posters", 0), ("small-poster", 0), ("storyboard", 0)]
    return []


def accounted(cluster: Cluster) -> list[str]:
    """Objects without a row, and rows whose objects are missing or have another size."""
    stored = cluster.store.objects()
    expected: dict[str, int | None] = {}
    for key, size in cluster.postgres.rows("SELECT object_key, byte_count FROM sources"):
        expected[key] = size
    generations = cluster.postgres.rows("SELECT video_id, number, state, plan FROM generations")
    for video, number, state, text in generations:
        folder, plan = f"videos/{video}/g{number}", json.loads(text or "{}")
        if not plan:
            continue
        expected |= {f"{folder}/{path}": size for path, size in generation(cluster, video, number).items()}
        if state == "ready":
            tracks = [*(rung["name"] for rung in (plan.get("video") or {}).get("rungs", []))]
            tracks += [audio["name"] for audio in plan.get("audio", [])]
            paths = ["main.m3u8", "manifest.mpd", *(f"{track}/index.m3u8" for track in tracks)]
            captions = "SELECT track FROM captions WHERE video_id = %s AND generation = %s"
            for (track,) in cluster.postgres.rows(captions, video, number):
                paths += [f"{track}/index.m3u8", f"{track}/captions.vtt"]
                paths += [f"{track}/{segment + 1:05}.vtt" for segment in range(plan["segmentCount"])]
            expected |= {f"{folder}/{path}": None for path in paths}
    wrong = [f"{key} is missing from the store" for key in sorted(expected.keys() - stored.keys())]
    folders = {f"videos/{video}/g{number}" for video, number, state, _ in generations if state == "ready"}
    for key in sorted(stored.keys() - expected.keys()):
        parts = key.split("/", 3)
        if "/".join(parts[:3]) not in folders or not MANIFESTS.fullmatch(parts[-1]):
            wrong.append(f"SQL does not know {key}")
    for key, size in expected.items():
        if size is not None and stored.get(key, size) != size:
            wrong.append(f"{key} has {stored[key]} bytes and SQL says {size}")
    wrong += [f"parts of {key} were left behind in the store" for key in cluster.store.unfinished()]
    return wrong


def generation(cluster: Cluster, video: str, generation: int) -> dict[str, int | None]:
    """The objects of a generation by its ledger, with their sizes."""
    found: dict[str, int | None] = {}
    rows = cluster.postgres.rows(
        "SELECT track, first_segment, segment_count, segments FROM ledger WHERE video_id = %s AND generation = %s",
        video,
        generation,
    )
    for track, first, count, text in rows:
        if track == "posters":
            found |= {f"poster-{number + 1}.jpg": None for number in range(count)}
        elif track == "small-poster":
            found["poster-small.webp"] = None
        elif track == "storyboard":
            found |= {f"storyboard-{number + 1}.jpg": None for number in range(count)}
        else:
            found[f"{track}/init.mp4"] = None
            segments = json.loads(text)
            assert [segment["index"] for segment in segments] == list(range(first, first + count)), (video, track)
            found |= {f"{track}/{segment['index'] + 1:05}.m4s": segment["byteCount"] for segment in segments}
    return found


def queue(cluster: Cluster) -> list[str]:
    """Entries that wait in Redis although no work is left."""
    client = cluster.redis.client()
    lanes = {name: client.xlen(name) for name in client.keys("vh:lane:*")}
    wrong = [f"{count} entries wait in {name}" for name, count in lanes.items() if count]
    wrong += [f"{name} is marked as handed out" for name in client.hkeys("vh:tasks")]
    return wrong


def summary(cluster: Cluster) -> str:
    """Statistics: claims, tasks that were claimed more than once, counted attempts."""
    rows = cluster.postgres.rows(
        "SELECT COUNT(*), COALESCE(SUM(epoch), 0), COUNT(*) FILTER (WHERE epoch > 1), COALESCE(MAX(epoch), 0), "
        "COALESCE(MAX(attempts), 0) FROM tasks"
    )
    ((tasks, claims, again, epoch, attempts),) = rows
    segments = cluster.postgres.rows("SELECT COALESCE(SUM(segment_count), 0) FROM ledger")[0][0]
    return (
        f"{tasks} tasks, {claims} claims, {again} tasks claimed more than once (at most {epoch} times), "
        f"at most {attempts} counted attempts, {segments} segments and stills; "
        f"requests to the store: {dict(sorted(cluster.proxy.done.items()))}"
    )
