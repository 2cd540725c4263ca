"""Captions of a file and uploaded captions become WebVTT renditions that independent players show."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from support import assets, captions, conformance, media, players, streams, watch_page
from support.captions import Cue
from support.client import Client, Video, problem
from support.server import Server, run

RULES = ("4.4", "4.5", "5.2", "5.3", "5.5")
SRT = "\ufeff1\r\n00:00:00,500 --> 00:00:05,000\r\n<b>Sent</b> & shown\r\n\r\n2\r\n00:00:06,000 --> 00:00:07,000\r\n{\\an8}Again\r\n"

ASS = r"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,0,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.50,0:00:02.00,Default,Mary,0,0,0,,{\i1}Slanted{\i0} words\Nin two lines
Dialogue: 0,0:00:03.00,0:00:09.00,Default,,0,0,0,,{\an8}Long & plain, 1 < 2
Dialogue: 1,0:00:03.00,0:00:09.00,Default,,0,0,0,,{\an8}Long & plain, 1 < 2
Dialogue: 0,0:00:10.00,0:00:30.00,Default,,0,0,0,,To the end and beyond
"""

VTT = """WEBVTT

00:01.000 --> 00:02.000
Eins

00:02.000 --> 00:11.500 line:0
<i>Zwei</i> &amp; drei
"""


def made(folder: Path, extra: list[str] | None = None) -> Path:
    """Twelve seconds with an ASS track without a language, a forced German WebVTT track and French SubRip, from 1.4 s on."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.ass").write_text(ASS)
    (folder / "b.vtt").write_text(VTT)
    (folder / "c.srt").write_text("1\n00:00:04,000 --> 00:00:04,500\nun <i>deux</i> <3\n")
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=12", "-f", "lavfi", "-i", "sine=440:r=48000:d=12"]
    for name in ("a.ass", "b.vtt", "c.srt"):
        inputs += ["-i", folder / name]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2", "-map", "3", "-map", "4"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac", "-c:s:0", "ass", "-c:s:1", "copy", "-c:s:2", "subrip"]  # fmt: skip
    facts = ["-metadata:s:s:1", "language=ger", "-disposition:s:1", "forced", "-metadata:s:s:2", "language=fre"]
    facts += ["-metadata:s:s:2", "title=SECRET-TITLE", "-disposition:s:0", "0"]
    media.run(*inputs, *maps, *codecs, *facts, "-output_ts_offset", "1.4", *(extra or []), folder / "made.mkv")
    return folder / "made.mkv"


def load(client: Client, video: Video, folder: Path) -> streams.Stream:
    """The current stream of a video from the server."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return streams.load(client.url + video["playback"]["hls"].rpartition("/")[0], folder)


def shown(rendition: streams.Captions) -> list[Cue]:
    """The distinct cues of a rendition, sorted by time."""
    found = {cue for text in rendition.segments for cue in captions.read(text)}
    return sorted(found, key=lambda cue: (cue.start, cue.end, cue.text))


def check(found: list[Cue], expected: list[Cue], origin: int, end: int) -> None:
    """Checks for the same texts at the same times, relative to the start of the stream and within its length."""
    wanted = sorted({(max(0, cue.start - origin), min(end, cue.end - origin), cue.words) for cue in expected})
    wanted = [cue for cue in wanted if cue[1] > cue[0]]
    have = sorted((cue.start, cue.end, cue.words) for cue in found)
    assert [words for *_, words in have] == [words for *_, words in wanted]
    for one, other in zip(have, wanted, strict=True):
        assert abs(one[0] - other[0]) <= 1 and abs(one[1] - other[1]) <= 1, (one, other)


def breaches(stream: streams.Stream) -> list[str]:
    """The rules on subtitles that the stream breaks."""
    return [str(breach) for number in RULES for breach in conformance.check(stream, number)]


def text_of(client: Client, video: Video, path: str) -> str:
    """A file of the served generation."""
    answer = client.get(f"{video['playback']['hls'].rpartition('/')[0]}/{path}")
    assert answer.status_code == 200, answer.text
    answer.encoding = "utf-8"
    return answer.text


FILES = ["mkv_h264_ac3_srt.mkv", "multitrack_2v2a_subs_nasa.mp4", "mkv_h264_ac3_ass.mkv"]


@pytest.mark.parametrize("name", FILES)
def test_cues_are_those_of_the_file(name: str, client: Client, tmp_path: Path) -> None:
    """The cues equal those that ffmpeg reads from the source, in segments that cover the whole video."""
    path = media.clips()[name].path
    video = client.wait(client.upload(path))
    assert video["state"] == "ready" and "subtitles_ignored" not in video["notes"], video
    stream = load(client, video, tmp_path / "stream")
    assert breaches(stream) == []
    tracks = [s for s in media.probe(path, "-show_streams")["streams"] if s["codec_type"] == "subtitle"]
    assert len(stream.captions) == len(video["captions"]) == len(tracks)
    sources = media.inspect(path)
    starts = [float(one["start_time"]) for one in (sources.video, sources.audio) if one]
    for rendition, track in zip(stream.captions.values(), tracks, strict=True):
        check(
            shown(rendition), captions.of_source(path, track["index"]), round(min(starts) * 1000), video["durationMs"]
        )


@pytest.fixture(scope="module")
def film(client: Client, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Video]:
    """The file of `made`, and its video."""
    path = made(tmp_path_factory.mktemp("film"))
    video = client.wait(client.upload(path, title="A film"))
    assert video["state"] == "ready", video
    return path, video


def test_kinds_languages_and_places(film: tuple[Path, Video], client: Client, tmp_path: Path) -> None:
    """ASS, WebVTT and SubRip in Matroska; forced tracks; a start after 0; the styles that WebVTT supports."""
    path, video = film
    stream = load(client, video, tmp_path / "stream")
    assert breaches(stream) == []
    listed = [(one["language"], one["label"], one["source"], one["forced"]) for one in video["captions"]]
    assert sorted(listed) == [
        ("de", "German", "file", True),
        ("fr", "French", "file", False),
        ("und", "Subtitles", "file", False),
    ]
    offered = {m["LANGUAGE"]: m for m in stream.main.media if m["TYPE"] == "SUBTITLES"}
    assert {tag: one["FORCED"] for tag, one in offered.items()} == {"de": "YES", "fr": "NO", "und": "NO"}
    assert all(one["DEFAULT"] == "NO" and one["AUTOSELECT"] == "YES" for one in offered.values())
    assert all(variant["SUBTITLES"] == "subs" for variant in stream.main.variants)
    assert {tag: one["URI"] for tag, one in offered.items()} == {
        "de": "sger/index.m3u8",
        "fr": "sfre/index.m3u8",
        "und": "sund/index.m3u8",
    }
    for number, tag in enumerate(("und", "de", "fr")):
        found = shown(stream.captions[offered[tag]["URI"]])
        check(found, captions.of_source(path, f"s:{number}"), 1400, video["durationMs"])
        whole = captions.read(text_of(client, video, offered[tag]["URI"].replace("index.m3u8", "captions.vtt")))
        assert sorted(whole, key=lambda cue: (cue.start, cue.end, cue.text)) == found
    words = {cue.text: (cue.start, cue.settings) for cue in shown(stream.captions["sund/index.m3u8"])}
    assert words["<i>Slanted</i> words\nin two lines"] == (500, "")
    assert words["Long &amp; plain, 1 &lt; 2"] == (3000, "line:0")
    places = [(cue.text, cue.settings) for cue in shown(stream.captions["sger/index.m3u8"])]
    assert places == [("Eins", ""), ("<i>Zwei</i> &amp; drei", "line:0")]
    # A cue across two boundaries is in three segments.
    assert sum("Long &amp;" in text for text in stream.captions["sund/index.m3u8"].segments) == 3
    assert "SECRET-TITLE" not in str(client.get(f"/v1/videos/{video['id']}").text)


def test_the_store_is_complete(film: tuple[Path, Video], shared: dict[str, str], tmp_path: Path) -> None:
    """A plain file server can serve the captions of the file; DASH refers to them as complete files."""
    _, video = film
    folder = Path(shared["folder"]) / "data" / "media" / "videos" / video["id"] / "g1"
    stream = streams.load(folder, folder)
    assert breaches(stream) == [] and len(stream.captions) == 3
    description = (folder / "manifest.mpd").read_text()
    for name in ("sund", "sger", "sfre"):
        assert f"<BaseURL>{name}/captions.vtt</BaseURL>" in description
        assert captions.read((folder / name / "captions.vtt").read_text())
    found = media.probe(folder / "main.m3u8", "-allowed_extensions", "ALL", "-show_streams")["streams"]
    assert sum(one["codec_type"] == "video" for one in found) >= 1


def test_uploaded_captions(film: tuple[Path, Video], client: Client, shared: dict[str, str], tmp_path: Path) -> None:
    """They are served at once in playlists and JSON, replace those of the file, and are not stored in the generation."""
    _, video = film
    base = f"/v1/videos/{video['id']}/captions"
    stored = Path(shared["folder"]) / "data" / "media" / "videos" / video["id"] / "g1" / "main.m3u8"
    before = stored.read_text()
    answer = client.request("PUT", f"{base}/fra?label=Français", data=SRT.encode())
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"language": "fr", "label": "Français", "source": "upload", "forced": False}
    stream = load(client, video, tmp_path / "first")
    assert breaches(stream) == []
    (offered,) = [m for m in stream.main.media if m["TYPE"] == "SUBTITLES" and m["LANGUAGE"] == "fr"]
    assert offered["NAME"] == "Français"
    rendition = stream.captions[offered["URI"]]
    assert [(cue.start, cue.end, cue.text, cue.settings) for cue in shown(rendition)] == [
        (500, 5000, "<b>Sent</b> &amp; shown", ""),
        (6000, 7000, "Again", "line:0"),
    ]
    assert offered["URI"].replace("index.m3u8", "captions.vtt") in text_of(client, video, "manifest.mpd")
    (listed,) = [one for one in client.video(video["id"])["captions"] if one["language"] == "fr"]
    assert listed["source"] == "upload"
    # New captions have another address, so no player mixes both.
    assert client.request("PUT", f"{base}/fr", data=b"WEBVTT\n\n00:01.000 --> 00:02.000\nanew\n").status_code == 200
    again = load(client, video, tmp_path / "second")
    (other,) = [m for m in again.main.media if m["TYPE"] == "SUBTITLES" and m["LANGUAGE"] == "fr"]
    assert other["URI"] != offered["URI"] and [cue.text for cue in shown(again.captions[other["URI"]])] == ["anew"]
    got = client.get(f"{base}/fr")
    assert got.headers["Content-Type"] == "text/vtt" and [cue.text for cue in captions.read(got.text)] == ["anew"]
    assert stored.read_text() == before
    assert client.request("DELETE", f"{base}/fr").status_code == 204
    last = load(client, video, tmp_path / "third")
    assert {m["URI"] for m in last.main.media if m["TYPE"] == "SUBTITLES"} >= {"sfre/index.m3u8"}


def test_invalid_captions_are_refused(film: tuple[Path, Video], client: Client, visitor: Client) -> None:
    """Every invalid input has its code and is not stored."""
    _, video = film
    base = f"/v1/videos/{video['id']}/captions"

    def put(language: str, data: bytes, who: Client = client, **headers: str) -> requests.Response:
        return who.request("PUT", f"{base}/{language}", data=data, headers=headers)

    good = SRT.encode()
    problem(put("english", good), 422, "invalid_language")
    problem(put("en", b"WEBVTT\n\n00:01.000 --> 00:00.500\nback\n"), 422, "invalid_captions")
    assert "Line 3" in put("en", b"WEBVTT\n\n00:01.000 --> x\nback\n").json()["detail"]
    problem(put("en", b"\x89PNG\r\n\x1a\n\0\0"), 422, "invalid_captions")
    problem(put("en", b""), 422, "invalid_captions")
    problem(put("en", b"x" * ((2 << 20) + 1)), 413, "captions_too_large")
    problem(put("en", good, **{"Content-Encoding": "gzip"}), 415, "unsupported_content_encoding")
    problem(put("en", good, visitor), 401, "authentication_required")
    problem(put("en", good, Client.registered(client.url, "other")), 403, "forbidden")
    problem(client.get(f"{base}/en"), 404, "captions_not_found")
    problem(client.request("DELETE", f"{base}/de"), 404, "captions_not_found")
    assert "en" not in {one["language"] for one in client.video(video["id"])["captions"]}


def test_markup_is_only_text(film: tuple[Path, Video], client: Client) -> None:
    """Uploaded captions are served without tags that WebVTT does not have."""
    _, video = film
    base = f"/v1/videos/{video['id']}/captions"
    text = 'WEBVTT\n\nSTYLE\n::cue{color:red}\n\n00:01.000 --> 00:02.000\n<img src=x onerror=alert(1)><script>alert(1)</script><c.x onclick=y>a</c> <v "&gt;<b>N</v>\n'
    sent = client.request("PUT", f"{base}/tlh", params={"label": '<b>&quot;"'}, data=text.encode())
    assert sent.status_code == 201 and sent.json()["label"] == "<b>&quot;"
    out = client.get(f"{base}/tlh").text
    assert "<img" not in out and "script" not in out and "onclick" not in out and "STYLE" not in out, out
    (line,) = [line for line in text_of(client, video, "main.m3u8").splitlines() if 'LANGUAGE="tlh"' in line]
    assert 'NAME="<b>&quot;"' in line
    assert client.request("DELETE", f"{base}/tlh").status_code == 204


def test_damaged_subtitles_do_not_fail_the_video(client: Client, tmp_path: Path) -> None:
    """A cue that is not UTF-8 is left out; bitmap subtitles are left out with a note."""
    path = made(tmp_path)
    data = path.read_bytes()
    assert data.count(b"To the end") == 1
    path.write_bytes(data.replace(b"To the end", b"To \xff\xfe\xfd end"))
    first, second = client.upload(path), client.upload(media.clip("avchd_1080i50_ac3_pgs.mts"))
    video = client.wait(first)
    assert video["state"] == "ready", video
    words = [cue.words for cue in captions.read(client.get(f"/v1/videos/{video['id']}/captions/und").text)]
    assert words == ["Slanted words in two lines", "Long & plain, 1 < 2"]
    pictures = client.wait(second)
    assert pictures["state"] == "ready" and pictures["captions"] == [], pictures
    assert "subtitles_ignored" in pictures["notes"]


@pytest.mark.timeout(240)
def test_captions_survive_reprocessing(start: Callable[..., Server], tmp_path: Path) -> None:
    """Uploaded captions belong to the video; those of the file are read again."""
    server = start("--slots", "1", "--ladder", "180=200", "--preset", "ultrafast")
    client = Client.registered(server.url)
    video = client.wait(client.upload(made(tmp_path / "film")))
    assert client.request("PUT", f"/v1/videos/{video['id']}/captions/en", data=SRT.encode()).status_code == 201
    done = run("jobs", "reprocess", video["id"], "--data", str(server.data), "--json")
    assert done.returncode == 0, done.stderr
    deadline = time.monotonic() + 120
    while "/g2/" not in (again := client.video(video["id"]))["playback"]["hls"]:
        assert time.monotonic() < deadline, again
        time.sleep(0.1)
    assert {one["language"]: one["source"] for one in again["captions"]} == {
        "und": "file", "de": "file", "fr": "file", "en": "upload",
    }  # fmt: skip
    stream = load(client, again, tmp_path / "stream")
    assert breaches(stream) == [] and len(stream.captions) == 4
    folder = server.data / "media" / "videos" / video["id"] / "g2"
    assert (folder / "sfre" / "captions.vtt").exists() and not list(folder.glob("sen*"))


def test_one_file_into_a_folder(tmp_path: Path) -> None:
    """`media run` also writes captions."""
    path, folder = made(tmp_path / "film"), tmp_path / "out"
    done = run("media", "run", str(path), "--out", str(folder), "--no-stills", "--ladder", "180=200", "--preset", "ultrafast")  # fmt: skip
    assert done.returncode == 0, done.stderr
    stream = streams.load(folder, folder)
    assert breaches(stream) == [] and set(stream.captions) == {"sund/index.m3u8", "sger/index.m3u8", "sfre/index.m3u8"}
    check(shown(stream.captions["sfre/index.m3u8"]), captions.of_source(path, "s:2"), 1400, 12_000)


PLAYERS: dict[str, tuple[str, Callable[[str], players.Played]]] = {
    "ffmpeg": ("hls", players.ffmpeg),
    "mpv": ("hls", players.mpv),
    "vlc": ("hls", players.vlc),
    "gstreamer hls": ("hls", players.gstreamer),
    "gstreamer dash": ("dash", players.gstreamer),
}


@pytest.mark.parametrize("player", PLAYERS)
def test_players_play_streams_with_captions(player: str, film: tuple[Path, Video], client: Client) -> None:
    """A stream with captions plays to its end."""
    kind, play = PLAYERS[player]
    assert play(client.url + film[1]["playback"][kind]).complaints == []


def test_chromium_shows_the_cues(film: tuple[Path, Video], client: Client) -> None:
    """hls.js shows every cue of the chosen track once, at its time."""
    _, video = film
    url = client.url + video["playback"]["hls"]
    result = players.chromium_captions(client.url, url, client.url + assets.address("vendor/hls.js"), "fr")
    assert result.complaints == []
    whole = captions.read(text_of(client, video, "sfre/captions.vtt"))
    assert result.facts["cues"] == [[cue.start, cue.end, cue.words] for cue in whole]


def test_the_watch_page_shows_captions(film: tuple[Path, Video], client: Client) -> None:
    """The C key shows captions in a text track whose cues the page draws; the menu has all captions and Off."""
    _, video = film
    result = watch_page.captions_by_key(f"{client.url}/watch/{video['id']}")
    assert result.complaints == []
    assert result.facts["off"] == [] and len(result.facts["on"]) == 1 and result.facts["again"] == []
    # A forced track cannot be selected.
    assert sorted(result.facts["menu"]) == ["French", "Off", "Subtitles"]
