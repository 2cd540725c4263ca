"""Another site, whose pages show players of the server in frames and drive them."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

# Collects what the players say, and speaks to them: `say(number, command, more)` resolves with the answer.
SCRIPT = """
const frames = [...document.querySelectorAll("iframe")];
window.heard = frames.map(() => []);
const waiting = new Map();
window.addEventListener("message", ({ source, origin, data }) => {
  const at = frames.findIndex((frame) => frame.contentWindow === source);
  if (at < 0 || data?.videohost !== 1) return;
  window.heard[at].push({ ...data, origin });
  if (data.event === "answer") waiting.get(data.id)?.(data);
});
let last = 0;
window.say = (at, command, more = {}) => new Promise((resolve) => {
  last += 1;
  waiting.set(last, resolve);
  frames[at].contentWindow.postMessage({ videohost: 1, command, id: last, ...more }, "*");
});
"""


class ForeignSite:
    """A web server on an origin of its own, with one page."""

    def __init__(self) -> None:
        self.page = ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            """Answers every request with the page."""

            def do_GET(self) -> None:
                """The page."""
                body = site.page.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Another site than that of the server under test, which is called by its number.
        self.url = f"http://localhost:{self.server.server_port}"

    def frames(self, *addresses: str, attributes: str = 'allow="autoplay; fullscreen"') -> str:
        """Shows these addresses in frames; returns the page's address."""
        frames = "".join(f'<iframe src="{address}" width="480" height="270" {attributes}></iframe>' for address in addresses)  # fmt: skip
        self.page = f"<!doctype html><title>Another site</title><body>{frames}<script>{SCRIPT}</script>"
        return f"{self.url}/"

    def __enter__(self) -> ForeignSite:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
