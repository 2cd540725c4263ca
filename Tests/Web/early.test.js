import assert from "node:assert/strict";
import test from "node:test";
import { Early, firstOf, piecesAt } from "../../web/js/player/sources/early.js";
import { rateOf, startsLow } from "../../web/js/player/sources/line.js";

const playlist = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="surround",NAME="Audio",DEFAULT=YES,CHANNELS="6",URI="six/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Other",DEFAULT=NO,URI="other/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,URI="und/index.m3u8"
#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH=100,BANDWIDTH=1020800,RESOLUTION=640x360,AUDIO="audio"
v360/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=580800,AVERAGE-BANDWIDTH=528000,RESOLUTION=426x240,AUDIO="audio"
v240/index.m3u8
`;

test("a player starts with the first variant and the default audio of its group", () => {
  assert.deepEqual(firstOf(playlist), ["v360/index.m3u8", "und/index.m3u8"]);
  assert.deepEqual(firstOf(playlist, true), ["v240/index.m3u8", "und/index.m3u8"]);
  assert.deepEqual(firstOf('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\na/index.m3u8\n'), ["a/index.m3u8"]);
  assert.deepEqual(firstOf("<html>"), []);
});

const base = "https://example.org/v/x/g1/";

/** A server of `files`; what it was asked for is in `asked`. */
function server(files) {
  const asked = [];
  const get = async (address) => {
    const name = address.replace(base, "");
    asked.push(name);
    return { ok: name in files, text: async () => files[name], arrayBuffer: async () => new TextEncoder().encode(files[name]).buffer };
  };
  return { asked, get };
}

const media = (map, ...segments) => `#EXTM3U\n#EXT-X-MAP:URI="${map}"\n${segments.map((name) => `#EXTINF:4.000000,\n${name}\n`).join("")}`;

test("what a player starts with is fetched before hls.js asks, and failures are left to it", async () => {
  const { asked, get } = server({ "main.m3u8": playlist, "v360/index.m3u8": media("init.mp4", "1.m4s", "2.m4s"), "v360/init.mp4": "I", "v360/1.m4s": "one" });
  const early = new Early(get);
  await early.fetch(`${base}main.m3u8`);
  assert.deepEqual(asked, ["main.m3u8", "v360/index.m3u8", "und/index.m3u8", "v360/init.mp4", "v360/1.m4s"]);
  const { data, start, first, end } = await early.take(`${base}v360/1.m4s`);
  assert.equal(new TextDecoder().decode(data), "one");
  assert.ok(start <= first && first <= end);
  assert.equal(early.take(`${base}v360/1.m4s`), undefined, "each is given once");
  await new Early(() => Promise.reject(new TypeError("no network"))).fetch(`${base}main.m3u8`);
});

test("the segment that is fetched early is the one where playback starts", () => {
  const list = `${media("init.mp4", "1.m4s", "2.m4s")}#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXTINF:2.5,\n#EXT-X-BITRATE:1\n3.m4s\n#EXT-X-ENDLIST\n`;
  const at = [-1, 0, 3.9, 4, 8, 10.4, 11].map((seconds) => piecesAt(list, seconds));
  assert.deepEqual(at.map(([map]) => map), Array(7).fill("init.mp4"));
  assert.deepEqual(at.map(([, segment]) => segment), ["1.m4s", "1.m4s", "1.m4s", "2.m4s", "3.m4s", "3.m4s", undefined]);
  assert.deepEqual(piecesAt("<html>", 0), []);
});

/** Loaders over a stream whose first segment was fetched early; `own` has what they leave to hls.js' own loader. */
async function loaders() {
  const { get } = server({ "main.m3u8": playlist, "v360/index.m3u8": media("init.mp4", "1.m4s"), "v360/1.m4s": "one" });
  const early = new Early(get);
  await early.fetch(`${base}main.m3u8`);
  const own = [];
  class Own {
    stats = { loading: { start: 0, first: 0, end: 0 }, loaded: 0, total: 0 };
    load({ url }) {
      own.push(url.replace(base, ""));
    }
    abort() {}
    destroy() {}
  }
  return { Loader: early.loader(Own), own };
}

test("hls.js takes what is on its way with the time that it took, and loads everything else itself", async () => {
  const { Loader, own } = await loaders();
  const [response, stats] = await new Promise((resolve) => new Loader().load({ url: `${base}v360/1.m4s` }, {}, { onSuccess: (...all) => resolve(all) }));
  assert.equal(new TextDecoder().decode(response.data), "one");
  assert.ok(stats.loading.start > 0 && stats.loading.end >= stats.loading.first && stats.loaded === 3 && stats.total === 3);
  // The initialization segment did not come, nobody asked for the second segment, and the first one is given once.
  const others = ["v360/init.mp4", "v360/2.m4s", "v360/1.m4s"];
  for (const name of others) new Loader().load({ url: base + name }, {}, { onSuccess: () => assert.fail(name) });
  await new Promise(setImmediate);
  assert.deepEqual(own.sort(), others.sort());
});

test("a loader that hls.js has given up says nothing any more", async () => {
  for (const give of ["abort", "destroy"]) {
    const { Loader, own } = await loaders();
    const loader = new Loader();
    loader.load({ url: `${base}v360/1.m4s` }, {}, { onSuccess: () => assert.fail(give) });
    loader[give]();
    await new Promise(setImmediate);
    assert.deepEqual(own, []);
  }
});

test("a slow line starts low, an unknown one does not", () => {
  assert.equal(startsLow(undefined, []), false);
  assert.equal(startsLow({ downlink: 10, saveData: false }), false);
  assert.equal(startsLow({ downlink: 1.6, saveData: false }), true);
  assert.equal(startsLow({ downlink: 0 }), false);
  assert.equal(startsLow({ downlink: 10, saveData: true }), true);
});

test("without a browser's word for it the page's own files tell how fast the line is", () => {
  const file = (transferSize, responseStart, responseEnd) => ({ transferSize, responseStart, responseEnd });
  // Files that come at the same time share the line: 40,000 bytes in 200 ms. What the cache gave says nothing.
  const slow = [file(20_000, 100, 300), file(20_000, 150, 250), file(0, 0, 5000)];
  assert.equal(rateOf(slow), 1.6);
  assert.equal(rateOf([file(20_000, 0, 100), file(20_000, 900, 1000)]), 1.6, "nothing came between them");
  assert.ok(Number.isNaN(rateOf([file(24_000, 0, 1)])), "too little");
  assert.equal(startsLow(undefined, slow), true);
  assert.equal(startsLow(undefined, [file(40_000, 100, 110)]), false);
});
