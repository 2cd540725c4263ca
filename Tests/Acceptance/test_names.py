"""File names and titles that are paths, markup or control characters are stored and shown as plain text."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sqlite3
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from support import disk, media
from support.client import Client, Video
from support.server import Server, run

SMALL = media.clip("rot270_iphone_3frames.mov")
SCRIPT = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
BACKWARDS = "safe\u202e4pm.exe\u2066"
NAMES: dict[str, bytes] = {
    "quotes": b'it\'s "quoted" `name`.mov',
    "dashes": b"--help -rf.mov",
    "newlines": b"two\nlines\r\nX-Evil: 1.mov",
    "encoded dots": b"%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "dots": b"../../../../etc/passwd",
    "backslashes": b"..\\..\\boot.ini",
    "long": b"n" * 300 + b".mov",
    "long and wide": "é🎬".encode() * 150,
    "right to left": BACKWARDS.encode(),
    "not UTF-8": b"caf\xe9\xff\xfe.mov",
    "zero": b"before\0after.mov",
    "escape": b"\x1b[2J\x1b]0;owned\x07.mov",
    "script": SCRIPT.encode(),
    "spaces": b"   ",
    "only dots": b"...",
    "storage": b"videos/vid_x/g1/main.m3u8",
    "template": b"${jndi:ldap://x/a} {{7*7}} %s%n",
    "SQL": b"'; DROP TABLE videos; --",
}


def is_plain(text: str) -> bool:
    """Whether a text has no control character, no line end and no mark that changes the writing direction."""
    return not any(unicodedata.category(c) == "Cc" or c in "\u200e\u200f\u061c\u2028\u2029" or "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" for c in text)  # fmt: skip


def by_tus(client: Client, name: bytes) -> str:
    """A tus upload with only a file name."""
    metadata = f"filename {base64.b64encode(name).decode()}"
    fields = {"Tus-Resumable": "1.0.0", "Upload-Length": str(SMALL.stat().st_size), "Upload-Metadata": metadata}
    answer = client.post("/v1/uploads", headers=fields)
    assert answer.status_code == 201, answer.text
    sent = client.tus_patch(answer.headers["Location"], 0, SMALL.read_bytes())
    assert sent.status_code == 204, sent.text
    return client.get("/v1/videos?mine=1&limit=1").json()["data"][0]["id"]


def by_form(client: Client, name: bytes) -> str:
    """A form upload with the name in the format of browsers, and in other formats."""
    quoted = name.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\r\n", b"%0D%0A").replace(b"\n", b"%0A")
    body = b'--limit\r\nContent-Disposition: form-data; name="title"\r\n\r\nnamed\r\n--limit\r\n'
    body += b'Content-Disposition: form-data; name="file"; filename="' + quoted + b'"\r\n\r\n' + SMALL.read_bytes()
    answer = client.post(
        "/v1/videos", data=body + b"\r\n--limit--\r\n", headers={"Content-Type": "multipart/form-data; boundary=limit"}
    )
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def by_put(client: Client, name: bytes) -> str:
    """A PUT with the name in Content-Disposition; characters that a header cannot have are left out."""
    quoted = re.sub(rb"[\x00-\x1f\x7f]", b"", name).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    video = client.create("put")["id"]
    headers = {"Content-Disposition": b'attachment; filename="' + quoted + b'"'}
    answer = client.put(video, SMALL.read_bytes(), headers=headers)
    assert answer.status_code == 202, answer.text
    return video


WAYS: dict[str, Callable[[Client, bytes], str]] = {"tus": by_tus, "form": by_form, "put": by_put}


@pytest.mark.parametrize("way", WAYS)
def test_names_are_stored_as_text(way: str, start: Callable[..., Server]) -> None:
    """The name of a file does not affect where its bytes are stored, and the stored name is harmless."""
    server = start("--ladder", "96=200", "--preset", "ultrafast")
    client, data = Client.registered(server.url), server.data
    before = {path.name for path in data.parent.iterdir()}
    videos = {what: WAYS[way](client, name) for what, name in NAMES.items()}
    for what, video in videos.items():
        assert client.wait(video)["state"] == "ready", what
        title = client.video(video)["title"]
        assert is_plain(title) and title.strip() and len(title) <= 200, (what, title)
        assert disk.sources(data, video)[0].read_bytes() == SMALL.read_bytes(), what
    with sqlite3.connect(f"file:{data / 'videohost.db'}?mode=ro", uri=True, timeout=30) as connection:
        kept = dict(connection.execute("SELECT video_id, file_name FROM sources"))
    for what, video in videos.items():
        name = kept[video]
        assert is_plain(name) and "/" not in name and "\\" not in name and len(name.encode()) <= 255, (what, name)
    assert {path.name for path in data.parent.iterdir()} == before
    assert not [path for path in disk.paths(data) if re.search(r"passwd|boot\.ini|owned|evil", path.name)]


def test_paths_in_urls_stay_paths(client: Client) -> None:
    """Malicious names in the path of a URL."""
    video = client.wait(client.upload(SMALL))
    base = video["playback"]["hls"].rpartition("/")[0]
    for name in NAMES.values():
        for path in (f"{base}/{quote(name)}", f"/v1/videos/{quote(name, safe='')}", f"/watch/{quote(name, safe='')}"):
            answer = client.get(path)
            assert answer.status_code in (200, 400, 404), (path, answer.status_code)
            assert "root:" not in answer.text and "[boot" not in answer.text and SCRIPT not in answer.text, path


PAGE = """() => ({
    title: document.title,
    images: [...document.images].filter((image) => image.getAttribute('src') === 'x').length,
    scripts: [...document.scripts].filter((script) => !script.type.endsWith('json') && script.textContent.includes('owned')).length,
    handlers: document.querySelectorAll('[onerror]').length,
    text: document.body.innerText,
})"""


@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium")
def test_pages_show_names_and_do_not_run_them(client: Client) -> None:
    """A title and a description with markup, on the start page, in the user's list and on the watch page."""
    from playwright.sync_api import sync_playwright

    video = client.wait(client.upload(SMALL, title=SCRIPT))
    described = {"title": SCRIPT, "description": f"{SCRIPT}\n{BACKWARDS}"}
    assert client.request("PATCH", f"/v1/videos/{video['id']}", json=described).status_code == 200
    bad = client.create(SCRIPT)
    assert client.put(bad["id"], b"no film").status_code == 202
    assert client.wait(bad["id"])["state"] == "rejected"
    session = {"token": client.token, "expiresAt": "2099-01-01T00:00:00Z", "name": SCRIPT}
    with sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            page = browser.new_page()
            page.add_init_script(f"localStorage.setItem('videohost.session', {json.dumps(json.dumps(session))})")
            for path, count in (("/", 2), (f"/watch/{video['id']}", 1)):
                page.goto(client.url + path)
                page.wait_for_function(
                    "([text, count]) => document.body.innerText.split(text).length > count", arg=["<script>", count]
                )
                found = page.evaluate(PAGE)
                assert "owned" not in found["title"].replace(SCRIPT, "") and found["title"] != "owned", path
                assert (found["images"], found["scripts"], found["handlers"]) == (0, 0, 0), (path, found)
        finally:
            browser.close()


def test_terminals_get_no_control_characters(start: Callable[..., Server], tmp_path: Path) -> None:
    """The operators' commands show texts of a child, or of a file, without control characters."""
    server = start("--slots", "1")
    client = Client.registered(server.url)
    video: Video = client.wait(client.upload(SMALL))
    data = tmp_path / "data"
    hostile = f"first\x1b[2J\x1b]0;owned\x07\x9b31m {BACKWARDS}\rsecond\nthird"
    with sqlite3.connect(data / "videohost.db", timeout=30) as connection:
        connection.execute(
            "UPDATE tasks SET state = 'dead', error_code = 'media_error', error_detail = ?1, log_tail = ?1", (hostile,)
        )
        connection.execute("UPDATE jobs SET state = 'dead', error_code = 'media_error', error_detail = ?1", (hostile,))
    for command in (("list",), ("show", video["id"]), ("explain", video["id"]), ("dead", "list")):
        done = run("jobs", *command, "--data", str(data))
        assert done.returncode == 0, done.stderr
        assert is_plain(done.stdout.replace("\n", "")), (command, done.stdout)
        assert command == ("list",) or "first" in done.stdout, done.stdout
    assert "second" in run("jobs", "show", video["id"], "--data", str(data)).stdout
