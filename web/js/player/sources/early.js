// Asks for the small files of a stream while hls.js is still on its way, so that hls.js finds them in the browser's cache.

/**
 * Fetches the multivariant playlist, the playlists that a player starts with, and their initialization segments. Whatever
 * fails here is asked for again by hls.js, which has the words for it. `low` is as in `firstOf`; `get` is `fetch`, or what a
 * test puts in its place.
 */
export async function fetchEarly(url, low = false, get = (address) => fetch(address)) {
  const text = async (address) => {
    const response = await get(address);
    return response.ok ? response.text() : "";
  };
  try {
    const first = firstOf(await text(url), low).map((one) => resolve(one, url));
    await Promise.all(
      first.map(async (playlist) => {
        const map = /#EXT-X-MAP:URI="([^"]+)"/.exec(await text(playlist));
        if (map) await text(resolve(map[1], playlist));
      }),
    );
  } catch {
    // No network, or no stream any more.
  }
}

/**
 * The addresses of the first variant, or with `low` of the variant with the lowest bandwidth, and of the default audio of its
 * group, as a multivariant playlist writes them.
 */
export function firstOf(playlist, low = false) {
  const variants = [...playlist.matchAll(/#EXT-X-STREAM-INF:([^\n]*)\n([^#\n]+)/g)].map(([, attributes, address]) => ({
    address,
    bandwidth: Number(/(?:^|,)BANDWIDTH=(\d+)/.exec(attributes)?.[1]),
    group: /AUDIO="([^"]*)"/.exec(attributes)?.[1],
  }));
  const variant = low ? variants.reduce((best, one) => (one.bandwidth < best.bandwidth ? one : best), variants[0]) : variants[0];
  if (!variant) return [];
  const audio = playlist.split("\n").find((line) => line.startsWith("#EXT-X-MEDIA:TYPE=AUDIO,") && line.includes(`GROUP-ID="${variant.group}"`) && line.includes("DEFAULT=YES"));
  const address = audio && /URI="([^"]+)"/.exec(audio)?.[1];
  return address && address !== variant.address ? [variant.address, address] : [variant.address];
}

const resolve = (address, base) => new URL(address, new URL(base, globalThis.location?.href)).href;
