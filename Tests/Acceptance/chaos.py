"""A pool of API nodes and workers with uploads and random failures: no job is lost, and no range is recorded twice.

`make chaos ARGS="--minutes 5"`, or `CHAOS_SEED=7 make chaos` to repeat a run. The seed determines the failures, their times and what the
clients do, but not the timing of the processes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from support import audit, disk, media, mishaps
from support.client import Client
from support.cluster import Cluster
from support.patient import Patient
from support.server import Server

# Many tasks, each long enough to be interrupted.
ENCODING = ("--ladder", "360=700,240=400", "--preset", "slow", "--range-segments", "2", "--segment-seconds", "2")
LEASE = 5000


@dataclass
class Scenario:
    """The uploads, and the duration of the failures."""

    seed: int
    uploads: int = 30
    seconds: float = 300
    """Seconds in which things break; uploads come all the while."""
    patience: float = 300
    """Seconds after that in which everything must have come to its end."""
    clips: tuple[str, ...] = (
        "long.mp4", "audio_only.mp3", "phone_portrait_rot90_h264.mov", "no_audio_h264.mp4", "webm_vp9_opus.webm",
        "long.mp4", "audio_only_mono.m4a", "multitrack_2v2a_subs_nasa.mp4", "cut.mp4", "avi_mpeg4_mp3.avi",
        "long.mp4", "sar3-2_h264.mp4", "odd_161x121_vp9.webm", "flv_h264_aac.flv", "noise.mp4",
    )  # fmt: skip
    apis: int = 2
    workers: int = 3
    pause: float = 4
    """Seconds from one mishap to the next, on average."""
    say: Callable[[str], None] = print


@dataclass
class Wrong:
    """The errors, by the check that found them."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, complaints: list[str]) -> None:
        """Records errors."""
        if complaints:
            self.found.setdefault(what, []).extend(complaints)

    def __str__(self) -> str:
        parts = []
        for what, complaints in self.found.items():
            shown = complaints[:12] + ([f"… and {len(complaints) - 12} more"] if len(complaints) > 12 else [])
            parts.append(f"{what}:\n" + "\n".join(f"  {text}" for text in shown))
        return "\n".join(parts)


# The outcome of each clip without failures


@dataclass
class Outcome:
    """The result of a clip in a run without failures."""

    path: Path
    state: str
    objects: dict[str, str]
    """Path inside the generation → SHA-256."""


def clip(name: str, folder: Path) -> Path:
    """A clip of the project, or a generated one."""
    path = folder / name
    match name:
        case "long.mp4":
            return path if path.exists() else media.long_clip(path, 60)
        case "noise.mp4":
            path.write_bytes(random.Random(1).randbytes(300_000))
        case "cut.mp4":
            # The index of this file is at its end.
            whole = media.clip("phone_portrait_rot90_h264.mov").read_bytes()
            path.write_bytes(whole[: len(whole) * 2 // 3])
        case _:
            return media.clip(name)
    return path


def undisturbed(names: tuple[str, ...], folder: Path) -> dict[str, Outcome]:
    """Processes each clip in one process without failures."""
    server = Server(folder / "undisturbed", "--slots", "2", *ENCODING).start()
    try:
        client = Client.registered(server.url)
        paths = {name: clip(name, folder) for name in names}
        videos = {name: client.upload(path) for name, path in paths.items()}
        outcomes = {}
        for name, video in videos.items():
            state = client.wait(video)["state"]
            found = [path for path in disk.files(server.data / "media") if video in path.parts and "g1" in path.parts]
            objects = {
                "/".join(path.parts[path.parts.index("g1") + 1 :]): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in found
            }
            outcomes[name] = Outcome(paths[name], state, objects)
        return outcomes
    finally:
        server.kill()


# The run


def run(scenario: Scenario) -> Wrong:
    """Runs the failures, waits, and checks the result."""
    say, folder = scenario.say, Path(tempfile.mkdtemp(prefix="videohost-chaos-"))
    try:
        outcomes = undisturbed(scenario.clips, folder)
        say("undisturbed: " + ", ".join(f"{name} {outcome.state}" for name, outcome in outcomes.items()))
        workers = ("--slots", "1", "--lease", str(LEASE), "--drain", "3")
        with Cluster(
            scenario.apis, scenario.workers, encoding=ENCODING, worker_options=workers, seed=scenario.seed
        ) as cluster:
            audit.watch(cluster)
            try:
                return disturbed(scenario, cluster, outcomes)
            except BaseException:
                keep_logs(cluster, scenario)
                raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def disturbed(scenario: Scenario, cluster: Cluster, outcomes: dict[str, Outcome]) -> Wrong:
    """Runs uploads and failures concurrently, and then the checks."""
    say, wrong, began = scenario.say, Wrong(), time.monotonic()
    steps = mishaps.plan(scenario.seed, scenario.seconds, scenario.apis, scenario.workers, LEASE / 1000, scenario.pause)
    deadline = began + scenario.seconds + scenario.patience
    with ThreadPoolExecutor(max_workers=scenario.uploads) as pool:
        uploads = send(scenario, cluster, outcomes, pool, deadline)
        wrong.add("processes", mishaps.carry_out(cluster, steps, say))
        cluster.heal()
        say(f"{time.monotonic() - began:6.1f} s  everything runs again")
        videos: dict[str, str] = {}
        for (name, kind), future in uploads:
            try:
                videos[future.result(max(1, deadline - time.monotonic()))] = name
            except Exception as error:
                wrong.add("uploads", [f"{name} by {kind}: {error!r}"])
    say(f"{time.monotonic() - began:6.1f} s  all uploads are done")
    while (rest := audit.unfinished(cluster)) and time.monotonic() < deadline:
        time.sleep(0.5)
    say(f"{time.monotonic() - began:6.1f} s  {len(rest)} things are unfinished")
    wrong.add("unfinished", rest)
    wrong.add("processes", [text for text in cluster.complaints() if text not in str(wrong)])
    say(audit.summary(cluster))
    for what, check in (
        ("videos", lambda: ended(cluster, videos, outcomes)),
        ("steps", lambda: audit.steps(cluster)),
        ("publishing", lambda: audit.published(cluster)),
        ("objects", lambda: audit.accounted(cluster)),
        ("bytes", lambda: same(cluster, videos, outcomes)),
        ("playback", lambda: played(cluster, videos)),
        ("stopping", cluster.stop_nodes),
        ("files", cluster.left_behind),
        ("queue", lambda: audit.queue(cluster)),
    ):
        wrong.add(what, check())
    if wrong.found:
        keep_logs(cluster, scenario)
    return wrong


def send(
    scenario: Scenario, cluster: Cluster, outcomes: dict[str, Outcome], pool: ThreadPoolExecutor, deadline: float
) -> list[tuple[tuple[str, str], Future[str]]]:
    """All uploads, of some users, to either node, at random times."""
    chance = random.Random(scenario.seed)
    names = [scenario.clips[number % len(scenario.clips)] for number in range(scenario.uploads)]
    chance.shuffle(names)
    urls = list(cluster.urls.values())
    users = [Patient(urls, scenario.seed * 1000 + number, deadline) for number in range(3)]
    for user in users:
        user.register()

    def upload(name: str, kind: str, number: int, delay: float) -> str:
        time.sleep(delay)
        client = Patient(urls, scenario.seed * 1000 + 100 + number, deadline)
        client.account = users[number % len(users)].account
        client.sign_in()
        title = f"{number:02} {name}"
        video = (client.upload_tus if kind == "tus" else client.upload_put)(outcomes[name].path, title)
        scenario.say(f"          upload {title} by {kind} is {video}")
        return video

    uploads = []
    for number, name in enumerate(names):
        kind, delay = chance.choice(["tus", "PUT"]), chance.uniform(0, scenario.seconds * 0.9)
        uploads.append(((name, kind), pool.submit(upload, name, kind, number, delay)))
    return uploads


def keep_logs(cluster: Cluster, scenario: Scenario) -> None:
    """Copies the logs of the processes to a folder for later reading."""
    target = Path(os.environ.get("CHAOS_LOGS") or tempfile.gettempdir()) / f"videohost-chaos-{scenario.seed}"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for log in cluster.folder.glob("*.log"):
        shutil.copy(log, target)
    scenario.say(f"the logs are in {target}")


# Checks of videos


def ended(cluster: Cluster, videos: dict[str, str], outcomes: dict[str, Outcome]) -> list[str]:
    """Videos in another state than without failures. Drafts whose creation had no response may be left."""
    wrong = []
    rows = cluster.postgres.rows(
        "SELECT id, title, state, COALESCE(failure_code || ' ' || failure_detail, '') FROM videos"
    )
    for video, title, state, why in rows:
        expected = outcomes[videos[video]].state if video in videos else "draft"
        if state != expected:
            wrong.append(f"{video} ({title}) is {state} and not {expected} {why}")
    wrong += [f"{video} ({name}) is gone" for video, name in videos.items() if video not in {row[0] for row in rows}]
    return wrong


def same(cluster: Cluster, videos: dict[str, str], outcomes: dict[str, Outcome]) -> list[str]:
    """Objects of generations that differ from those of a run without failures."""
    wrong = []
    for video, name in videos.items():
        prefix = f"videos/{video}/g1/"
        found = {key.removeprefix(prefix): digest for key, digest in cluster.store.digests(prefix).items()}
        expected = outcomes[name].objects
        for path in sorted(expected.keys() | found.keys()):
            if found.get(path) != expected.get(path):
                what = "missing" if path not in found else "extra" if path not in expected else "different"
                wrong.append(f"{video} ({name}) {path}: {what}")
    return wrong


def played(cluster: Cluster, videos: dict[str, str]) -> list[str]:
    """Videos that a player cannot play from each node."""
    wrong = []
    for url in cluster.urls.values():
        visitor = Client(url)
        for video in videos:
            playback = visitor.video(video).get("playback")
            if playback and (answer := visitor.get(playback["hls"])).status_code != 200:
                wrong.append(f"{url}{playback['hls']}: {answer.status_code} {answer.text[:200]}")
    return wrong


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=int(os.environ.get("CHAOS_SEED") or time.time_ns() // 10**6 % 10**6)
    )
    parser.add_argument("--uploads", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=5, help="how long things break")
    parser.add_argument("--pause", type=float, default=4, help="seconds between mishaps, on average")
    options = parser.parse_args()

    def say(text: str) -> None:
        print(text, flush=True)

    scenario = Scenario(options.seed, options.uploads, options.minutes * 60, pause=options.pause, say=say)
    say(f"seed {options.seed}: CHAOS_SEED={options.seed} make chaos")
    for step in mishaps.plan(
        scenario.seed, scenario.seconds, scenario.apis, scenario.workers, LEASE / 1000, scenario.pause
    ):
        say(f"plan {step}")
    wrong = run(scenario)
    say(f"seed {options.seed}: {'FAILED' if wrong.found else 'nothing was lost, nothing was done twice'}")
    if wrong.found:
        say(str(wrong))
    return 1 if wrong.found else 0


if __name__ == "__main__":
    sys.exit(main())
