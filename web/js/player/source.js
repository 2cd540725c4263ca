// Which way this browser plays HLS: hls.js where Media Source Extensions exist, else the browser's own.

import { HlsSource } from "./hls-source.js";
import { NativeSource } from "./native-source.js";

/** Resolves with a source, or with null when the browser can play neither way. */
export async function makeSource(video) {
  try {
    const { Hls } = await import("/vendor/hls.js");
    if (Hls.isSupported()) return new HlsSource(Hls, video);
  } catch {
    // The library did not come; the browser may still help itself.
  }
  return video.canPlayType("application/vnd.apple.mpegurl") === "" ? null : new NativeSource(video);
}
