"""A pool on the loopback interface: PostgreSQL, Redis, an S3-style server that can fail, API nodes and workers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from . import disk
from .daemon import Daemon, free_port
from .fault_proxy import FaultProxy, Trouble
from .server import LISTENING, ROOT, binary
from .services import BUCKET, KEYS, Bucket, Postgres, Redis

# The names of files in a data folder that do not belong to any work.
KEPT = {".identity", ".locks", ".lock"}


class Cluster:
    """A pool as a context manager, which starts it, and stops it and removes its files in every case."""

    def __init__(
        self,
        apis: int = 0,
        workers: int = 0,
        *,
        encoding: Sequence[str] = (),
        api_options: Sequence[str] = (),
        worker_options: Sequence[str] = (),
        seed: int = 0,
        migrated: bool = True,
    ):
        # A separate folder that PostgreSQL's user can reach.
        self.folder = Path(tempfile.mkdtemp(prefix="videohost-cluster-"))
        self.folder.chmod(0o711)
        self.postgres = Postgres(self.folder)
        self.redis = Redis(self.folder)
        self.store = Bucket(self.folder)
        self.proxy = FaultProxy(self.store.port, seed)
        self.encoding = list(encoding)
        self.api_options = list(api_options)
        self.worker_options = list(worker_options)
        self.migrated = migrated
        self.counts = (apis, workers)
        self.nodes: dict[str, Daemon] = {}
        self.urls: dict[str, str] = {}

    def __enter__(self) -> Cluster:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def services(self) -> list[Daemon]:
        """The services that the program's processes need."""
        return [self.postgres, self.redis, self.store]

    def start(self) -> None:
        """Starts everything."""
        for service in self.services:
            service.launch()
        for service in self.services:
            service.wait_until_ready()
        self.postgres.prepare()
        self.store.prepare()
        self.proxy.start()
        if self.migrated:
            done = self.run("migrate")
            assert done.returncode == 0, done.stderr
        apis, workers = self.counts
        for number in range(apis):
            self.add_api(f"api{number + 1}")
        for number in range(workers):
            self.add_worker(f"worker{number + 1}")
        for node in self.nodes.values():
            node.wait_until_ready()

    def close(self) -> None:
        """Stops everything and removes its files."""
        for daemon in [*self.nodes.values(), *self.services]:
            daemon.kill()
        self.proxy.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # The program's processes

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables with the addresses of all services."""
        others = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        return {
            **others,
            **KEYS,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "STORAGE_URL": f"s3://{BUCKET}?endpoint=http://127.0.0.1:{self.proxy.port}&region=us-east-1",
        }

    def run(
        self, *arguments: str, timeout: float = 60, without: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command of the program to its end, with the environment of the pool except the given variables."""
        environment = {key: value for key, value in self.environment.items() if key not in without}
        return subprocess.run(
            [str(binary()), *arguments], capture_output=True, text=True, timeout=timeout, env=environment,
            cwd=self.folder,
        )  # fmt: skip

    def data(self, name: str) -> Path:
        """The data folder of a node: shared by all API nodes, as on a shared file system, and separate for each worker."""
        return self.folder / ("api" if name.startswith("api") else name)

    def add_api(self, name: str) -> Daemon:
        """Starts another API node; its URL stays the same after a restart."""
        port = free_port()
        self.urls[name] = f"http://127.0.0.1:{port}"
        command = ["api", "--port", str(port), "--web", str(ROOT / "web"), "--bcrypt-cost", "4", *self.api_options]
        return self._add(name, command, lambda text: bool(LISTENING.search(text)))

    def add_worker(self, name: str, *options: str) -> Daemon:
        """Starts another worker."""
        command = ["worker", *self.worker_options, *options]
        return self._add(name, command, lambda text: "videohost: worker" in text)

    def _add(self, name: str, command: list[str], ready: object) -> Daemon:
        command += ["--data", str(self.data(name)), *self.encoding]
        node = Daemon(
            name, [binary(), *command], self.folder / f"{name}.log", ready, environment=self.environment  # type: ignore[arg-type]
        )  # fmt: skip
        self.nodes[name] = node
        node.launch()
        return node

    def named(self, kind: str) -> list[str]:
        """The names of the nodes of a kind: `api` or `worker`."""
        return [name for name in self.nodes if name.startswith(kind)]

    # Failures

    def heal(self, timeout: float = 60) -> None:
        """Ends all failures, so that everything runs."""
        self.proxy.trouble = Trouble()
        for service in self.services:
            if not service.is_running:
                service.start()
        for node in self.nodes.values():
            if not node.is_running:
                node.launch()
            node.send(signal.SIGCONT)
        deadline = time.monotonic() + timeout
        while not all(node.is_ready for node in self.nodes.values()):
            self.supervise()
            assert time.monotonic() < deadline, "nodes do not start: " + "\n".join(
                f"{node.name}:\n{node.tail()}" for node in self.nodes.values() if not node.is_ready
            )
            time.sleep(0.05)

    def supervise(self) -> None:
        """Restarts processes that could not start while a service was unreachable, as a supervisor does."""
        for node in self.nodes.values():
            if not node.is_ready and not node.is_running and node.failed_starts:
                if node.failed_starts > 20:
                    continue
                time.sleep(0.2)
                node.launch()

    def complaints(self) -> list[str]:
        """The processes that exited unexpectedly, with the ends of their logs."""
        for daemon in [*self.nodes.values(), *self.services]:
            _ = daemon.is_running
        return [text for daemon in [*self.nodes.values(), *self.services] for text in daemon.complaints]

    def stop_nodes(self) -> list[str]:
        """Stops the program's processes gracefully; returns the errors."""
        running = [node for node in self.nodes.values() if node.is_running]
        for node in running:
            node.ask_to_end()
        wrong = []
        for node in running:
            if code := node.wait_for_end():
                wrong.append(f"{node.name} ended with exit code {code} after SIGTERM:\n{node.tail()}")
        return wrong

    def left_behind(self) -> list[str]:
        """Files of unfinished work in data folders: bytes of uploads, scratch files, copies of objects."""
        folders = sorted({self.data(name) for name in self.nodes})
        found = [path for folder in folders for path in disk.files(folder) if path.name not in KEPT]
        return [str(path.relative_to(self.folder)) for path in found]
