// Asks for the first files of a stream while hls.js is still on its way.

// After so many milliseconds a segment that has not come is left to hls.js, which tries again.
const longest = 120_000;

/** The first files of one stream: hls.js finds the playlists in the browser's cache, and takes the segments from here. */
export class Early {
  #segments = new Map();

  /** `get` is `fetch`, or what a test puts in its place. */
  constructor(get = (address) => fetch(address, { signal: AbortSignal.timeout(longest) })) {
    this.get = get;
  }

  /**
   * Fetches the multivariant playlist, the playlists that a player starts with, and of each its initialization segment and the
   * segment at `startAt` seconds. Whatever fails here is asked for again by hls.js, which has the words for it. `low` is as in
   * `firstOf`.
   */
  async fetch(url, { low = false, startAt = 0 } = {}) {
    try {
      const first = firstOf(await this.#text(url), low).map((one) => resolve(one, url));
      await Promise.all(
        first.map(async (playlist) => {
          for (const one of piecesAt(await this.#text(playlist), startAt)) this.#begin(resolve(one, playlist));
        }),
      );
    } catch {
      // No network, or no stream any more.
    }
  }

  /** The segment with this address, once: resolves with `{data, start, first, end}` as hls.js counts time, or with null where it did not come. `undefined` if nobody has asked for it. */
  take(url) {
    const segment = this.#segments.get(url);
    this.#segments.delete(url);
    return segment;
  }

  /** hls.js' class of loaders for segments, made from its own one. */
  loader(Loader) {
    const take = (url) => this.take(url);
    return class extends Loader {
      #isOver = false;

      load(context, config, callbacks) {
        const early = take(context.url);
        if (early) early.then((segment) => this.#arrived(segment, context, config, callbacks));
        else super.load(context, config, callbacks);
      }

      #arrived(segment, context, config, callbacks) {
        if (this.#isOver) return;
        if (!segment) {
          super.load(context, config, callbacks);
          return;
        }
        const { data, ...times } = segment;
        Object.assign(this.stats.loading, times);
        this.stats.loaded = this.stats.total = data.byteLength;
        callbacks.onSuccess({ url: context.url, data, code: 200 }, this.stats, context, null);
      }

      abort() {
        this.#isOver = true;
        super.abort();
      }

      destroy() {
        this.#isOver = true;
        super.destroy();
      }
    };
  }

  async #text(address) {
    const response = await this.get(address);
    return response.ok ? response.text() : "";
  }

  #begin(url) {
    const load = async () => {
      const start = performance.now();
      const response = await this.get(url);
      if (!response.ok) return null;
      const first = performance.now();
      const data = await response.arrayBuffer();
      return { data, start, first, end: performance.now() };
    };
    this.#segments.set(url, load().catch(() => null));
  }
}

/** The addresses of the initialization segment and of the segment at `seconds`, as a media playlist writes them. */
export function piecesAt(playlist, seconds) {
  const map = /#EXT-X-MAP:URI="([^"]+)"/.exec(playlist)?.[1];
  let end = 0;
  const segment = [...playlist.matchAll(/#EXTINF:([\d.]+)[^\n]*\n(?:#[^\n]*\n)*([^#\n]+)/g)].find(([, duration]) => (end += Number(duration)) > seconds)?.[2];
  return [map, segment].filter(Boolean);
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
