"""PostgreSQL, Redis and an S3-style server for a test on the loopback interface, as processes that can fail."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import psycopg
import redis

from .daemon import Daemon, answers, free_port


def postgres_programs() -> Path:
    """Debian's folder of the programs of the newest PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent


BUCKET = "videos"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


class Postgres(Daemon):
    """A PostgreSQL server with one database, `videohost`."""

    def __init__(self, folder: Path):
        # PostgreSQL refuses to run as root.
        user = "postgres" if os.getuid() == 0 else None
        self.data = folder / "postgres"
        self.port = free_port()
        self.data.mkdir(mode=0o700)
        if user:
            shutil.chown(self.data, user, user)
        command = [postgres_programs() / "postgres", "-D", self.data, "-p", str(self.port)]
        # The data need not survive a loss of power, so it is not flushed.
        for setting in ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200"):
            command += ["-c", setting]
        super().__init__("postgres", command, folder / "postgres.log", lambda _: self._accepts(), user=user)
        initialize = [postgres_programs() / "initdb", "-D", self.data, "-U", "videohost", "-A", "trust", "-E", "UTF8"]
        prefix = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] if user else []
        done = subprocess.run(
            [*prefix, *map(str, initialize), "--no-sync", "--locale=C"], capture_output=True, text=True, cwd="/"
        )
        assert done.returncode == 0, done.stderr

    @property
    def url(self) -> str:
        """DATABASE_URL."""
        return f"postgres://videohost@127.0.0.1:{self.port}/videohost"

    def prepare(self) -> None:
        """Creates the database."""
        with psycopg.connect(self._postgres, autocommit=True) as connection:
            connection.execute("CREATE DATABASE videohost")

    def break_down(self) -> None:
        """Ends the server without notice to its clients and without a checkpoint (an immediate shutdown)."""
        self.kill(signal.SIGQUIT)

    @property
    def _postgres(self) -> str:
        return f"host=127.0.0.1 port={self.port} user=videohost dbname=postgres connect_timeout=5"

    def _accepts(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self._postgres):
            return True
        return False

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of the test's own."""
        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.connect() as connection:
            return connection.execute(query, parameters).fetchall()


class Redis(Daemon):
    """A Redis server with an append-only file, as operators run it."""

    def __init__(self, folder: Path):
        self.port = free_port()
        (folder / "redis").mkdir()
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder / "redis")]
        command += ["--appendonly", "yes", "--save", ""]
        super().__init__("redis", command, folder / "redis.log", lambda _: self._answers())

    @property
    def url(self) -> str:
        """REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """A client of the test's own."""
        return redis.Redis(port=self.port, decode_responses=True)

    def empty(self) -> None:
        """Deletes all data."""
        self.client().flushall()

    def _answers(self) -> bool:
        # While it loads its data it listens, but refuses commands.
        with contextlib.suppress(redis.RedisError):
            return bool(self.client().ping())
        return False


class Bucket(Daemon):
    """An S3-style server (moto) with one bucket; its objects are in memory."""

    def __init__(self, folder: Path):
        self.port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        super().__init__("store", command, folder / "store.log", lambda _: answers(self.port))

    def prepare(self) -> None:
        """Creates the bucket."""
        self.client().create_bucket(Bucket=BUCKET)

    def client(self) -> Any:
        """A client without the proxy."""
        return boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(s3={"addressing_style": "path"}),
        )  # fmt: skip

    def objects(self) -> dict[str, int]:
        """All objects: name → bytes."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}

    def digests(self, prefix: str = "") -> dict[str, str]:
        """All objects: name → SHA-256."""
        client = self.client()
        return {
            key: hashlib.sha256(client.get_object(Bucket=BUCKET, Key=key)["Body"].read()).hexdigest()
            for key in self.objects()
            if key.startswith(prefix)
        }

    def unfinished(self) -> list[str]:
        """The keys of unfinished multipart uploads."""
        found = self.client().list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return [upload["Key"] for upload in found]
