// Which way this browser plays HLS: hls.js where Media Source Extensions exist, else the browser's own.

import { fetchEarly } from "./early.js";
import { HlsSource } from "./hls-source.js";
import { NativeSource } from "./native-source.js";

/**
 * Resolves with a source, or with null when the browser can play neither way. Rejects when hls.js could not be loaded and
 * the browser has no way of its own. `url` and `low` are those of the stream that
 * it will open first.
 */
export async function makeSource(video, url, low) {
  const isNative = video.canPlayType("application/vnd.apple.mpegurl") !== "";
  try {
    if ("MediaSource" in window) fetchEarly(url, low);
    const { Hls } = await import("/vendor/hls.js");
    if (Hls.isSupported()) return new HlsSource(Hls, video);
  } catch (error) {
    if (!isNative) throw error;
  }
  return isNative ? new NativeSource(video) : null;
}
