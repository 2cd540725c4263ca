import assert from "node:assert/strict";
import test from "node:test";
import { TusUpload } from "../../web/js/tus/upload.js";
import "./support/messages.js";

/** A tus server in a function: keeps bytes, and fails as `script` says (`(request, server) → answer or undefined`). */
class FakeServer {
  uploads = new Map();
  log = [];

  constructor(script = () => undefined) {
    this.script = script;
  }

  transport = async (request) => {
    const { method, url, headers, body, signal, onProgress } = request;
    this.log.push(`${method} ${headers["Upload-Offset"] ?? ""}`.trim());
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted) throw new Error("aborted");
    const scripted = this.script(request, this);
    if (scripted) return this.answer(scripted.status, scripted.headers);
    if (method === "POST") {
      const address = `/v1/uploads/u${this.uploads.size}`;
      this.uploads.set(`https://host${address}`, { size: Number(headers["Upload-Length"]), bytes: [], metadata: headers["Upload-Metadata"] });
      return this.answer(201, { Location: address, "Upload-Expires": "Sun, 06 Nov 2094 08:49:37 GMT" });
    }
    const upload = this.uploads.get(url);
    if (!upload) return this.answer(404);
    if (method === "DELETE") {
      this.uploads.delete(url);
      return this.answer(204);
    }
    if (method === "HEAD") return this.answer(200, { "Upload-Offset": String(upload.bytes.length) });
    if (Number(headers["Upload-Offset"]) !== upload.bytes.length) return this.answer(409);
    upload.bytes.push(...new Uint8Array(await body.arrayBuffer()));
    onProgress?.(body.size);
    return this.answer(204, { "Upload-Offset": String(upload.bytes.length) });
  };

  answer(status, headers = {}) {
    return { status, text: "", header: (name) => headers[name] ?? null };
  }
}

const content = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
const file = () => new Blob([content]);

/** Starts an upload whose retries happen at once; resolves when `until(state)` holds. */
function run(server, { content: body = file(), url = null, until = ({ phase }) => ["done", "failed", "cancelled"].includes(phase), onState = () => {} } = {}) {
  return new Promise((resolve) => {
    const seen = { urls: [], upload: null };
    seen.upload = new TusUpload(body, {
      endpoint: "https://host/v1/uploads",
      url,
      metadata: { videoId: "vid_1", filename: "ä.mov" },
      token: () => "secret",
      transport: server.transport,
      schedule: (go) => {
        const timer = setImmediate(go);
        return () => clearImmediate(timer);
      },
      now: () => Date.now(),
      onUrl: (address) => seen.urls.push(address),
      onChange: (upload) => {
        onState(upload);
        if (until(upload.state)) resolve({ ...seen, upload, state: upload.state });
      },
    });
    seen.upload.start();
  });
}

test("all bytes arrive, in order, under the session that began it", async () => {
  let authorization = [];
  const server = new FakeServer(({ method, headers }) => void authorization.push([method, headers.Authorization]));
  const { state, urls } = await run(server);
  assert.equal(state.phase, "done");
  const [upload] = server.uploads.values();
  assert.deepEqual(Uint8Array.from(upload.bytes), content);
  assert.equal(upload.metadata, `videoId ${Buffer.from("vid_1").toString("base64")},filename ${Buffer.from("ä.mov").toString("base64")}`);
  assert.equal(urls[0], "https://host/v1/uploads/u0");
  assert.deepEqual(authorization, [["POST", "Bearer secret"], ["PATCH", undefined]], "the address itself is the permission");
});

test("a break in the middle goes on at the byte", async () => {
  let breaks = 2;
  const server = new FakeServer((request, { uploads }) => {
    if (request.method !== "PATCH" || breaks === 0) return undefined;
    breaks -= 1;
    const upload = uploads.get(request.url);
    upload.bytes.push(...content.slice(upload.bytes.length, upload.bytes.length + 1200));
    return { status: 0 };
  });
  const { state } = await run(server);
  assert.equal(state.phase, "done");
  assert.deepEqual(server.log, ["POST", "PATCH 0", "HEAD", "PATCH 1200", "HEAD", "PATCH 2400"]);
  assert.deepEqual(Uint8Array.from([...server.uploads.values()][0].bytes), content);
});

test("after a reload it asks first and sends only the rest", async () => {
  const server = new FakeServer();
  server.uploads.set("https://host/v1/uploads/u9", { size: 5000, bytes: [...content.slice(0, 4000)] });
  const { state } = await run(server, { url: "https://host/v1/uploads/u9" });
  assert.equal(state.phase, "done");
  assert.deepEqual(server.log, ["HEAD", "PATCH 4000"]);
});

test("an address that has expired leads to a new upload", async () => {
  const server = new FakeServer();
  const { state } = await run(server, { url: "https://host/v1/uploads/old" });
  assert.equal(state.phase, "done");
  assert.deepEqual(server.log, ["HEAD", "POST", "PATCH 0"]);
});

test("a success without the header it must carry is not believed", async () => {
  let lies = 1;
  const server = new FakeServer(({ method }) => (method === "PATCH" && lies-- > 0 ? { status: 204 } : undefined));
  assert.equal((await run(server)).state.phase, "done");
  assert.deepEqual(server.log, ["POST", "PATCH 0", "HEAD", "PATCH 0"]);
});

test("a file that is too large is refused with the status", async () => {
  const { state } = await run(new FakeServer(() => ({ status: 413 })));
  assert.deepEqual([state.phase, state.problem.status], ["failed", 413]);
});

test("pausing stops the request, resuming goes on", async () => {
  const server = new FakeServer();
  let paused = false;
  const { state } = await run(server, {
    onState: (upload) => {
      if (paused || upload.state.phase !== "sending") return;
      paused = true;
      upload.pause();
      setImmediate(() => upload.resume());
    },
  });
  assert.equal(state.phase, "done");
  assert.deepEqual(server.log, ["POST", "PATCH 0", "HEAD", "PATCH 0"]);
});

test("cancelling terminates the upload on the server", async () => {
  const server = new FakeServer();
  await run(server, { onState: (upload) => upload.state.phase === "sending" && upload.cancel(), until: ({ phase }) => phase === "cancelled" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(server.uploads.size, 0);
});

test("a file that has changed or gone is named, not taken for a lost connection", async () => {
  const gone = { size: 5000, slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }) };
  const server = new FakeServer(({ method }) => (method === "PATCH" ? { status: 0 } : undefined));
  const { state } = await run(server, { content: gone });
  assert.deepEqual([state.phase, state.problem.code, server.log.length], ["failed", "file_unreadable", 2]);
});

test("a refused file leaves no draft behind, and can be tried again", async () => {
  const asked = [];
  globalThis.window = { location: { href: "https://host/" }, setTimeout, clearTimeout };
  globalThis.fetch = async (path, { method }) => {
    asked.push(`${method} ${path}`);
    return new Response(method === "POST" ? '{"id":"vid_9"}' : null, { status: method === "POST" ? 201 : 204 });
  };
  globalThis.XMLHttpRequest = class extends EventTarget {
    upload = new EventTarget();
    status = 403;
    responseText = '{"code":"quota_exceeded","detail":"There may be 3 videos."}';
    open() {}
    setRequestHeader() {}
    getResponseHeader = () => null;
    send = () => setImmediate(() => this.dispatchEvent(new Event("load")));
  };
  const { UploadItem } = await import("../../web/js/uploads/item.js");
  const kept = new Map();
  const memory = { forget: (print) => kept.delete(print), remember: (print, record) => kept.set(print, record) };
  const attempt = (more) =>
    new Promise((resolve) => {
      const over = (item) => (item.phase === "failed" || item.upload?.state.phase === "failed") && setImmediate(() => resolve(item));
      new UploadItem({ file: Object.assign(file(), { name: "a.mov" }), print: "p", memory, onChange: over, ...more }).start();
    });
  const item = await attempt();
  assert.deepEqual([item.phase, item.videoId, item.problem.code, kept.size], ["failed", null, "quota_exceeded", 0]);
  assert.deepEqual(asked, ["POST /v1/videos", "DELETE /v1/videos/vid_9"]);
  item.resume();
  assert.equal(item.phase, "queued");
  asked.length = 0;
  assert.equal((await attempt({ videoId: "vid_7" })).videoId, "vid_7", "a draft that was there before stays");
  assert.deepEqual(asked, []);
});
