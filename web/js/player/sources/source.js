// Which way this browser plays HLS: hls.js where Media Source Extensions exist, else the browser's own.

import { HlsSource } from "./hls-source.js";
import { NativeSource } from "./native-source.js";

/** Resolves with a source, or with null when the browser can play neither way. */
export async function makeSource(video) {
  try {
    const { Hls } = await import("/vendor/hls.js");
    if (Hls.isSupported()) return new HlsSource(Hls, video);
  } catch {
    // The library could not be loaded; the browser's own player may still work.
  }
  return video.canPlayType("application/vnd.apple.mpegurl") === "" ? null : new NativeSource(video);
}
