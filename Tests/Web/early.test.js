import assert from "node:assert/strict";
import test from "node:test";
import { fetchEarly, firstOf } from "../../web/js/player/sources/early.js";
import { startsLow } from "../../web/js/player/sources/line.js";

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

test("playlists and initialization segments are fetched before hls.js asks, and failures are left to it", async () => {
  const asked = [];
  const files = { "main.m3u8": playlist, "v360/index.m3u8": '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n', "v360/init.mp4": "" };
  const get = async (address) => {
    asked.push(address);
    const name = address.replace("https://example.org/v/x/g1/", "");
    return { ok: name in files, text: async () => files[name] };
  };
  await fetchEarly("https://example.org/v/x/g1/main.m3u8", false, get);
  assert.deepEqual(asked.map((address) => address.replace("https://example.org/v/x/g1/", "")), ["main.m3u8", "v360/index.m3u8", "und/index.m3u8", "v360/init.mp4"]);
  await fetchEarly("https://example.org/v/x/g1/main.m3u8", false, () => Promise.reject(new TypeError("no network")));
});

test("a slow line starts low, an unknown one does not", () => {
  assert.equal(startsLow(undefined), false);
  assert.equal(startsLow({ downlink: 10, saveData: false }), false);
  assert.equal(startsLow({ downlink: 1.6, saveData: false }), true);
  assert.equal(startsLow({ downlink: 0 }), false);
  assert.equal(startsLow({ downlink: 10, saveData: true }), true);
});
