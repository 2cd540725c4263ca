// Which way this browser plays HLS: hls.js where Media Source Extensions exist, else the browser's own.

import { Early } from "./early.js";
import { HlsSource } from "./hls-source.js";
import { partsOf } from "../../ui/later.js";

/**
 * Resolves with a source, or with null when the browser can play neither way. Rejects when what plays could not be loaded. `url`, `low` and `startAt` are those of the stream
 * that it will open first.
 */
export async function makeSource(video, url, { low, startAt }) {
  const isNative = video.canPlayType("application/vnd.apple.mpegurl") !== "";
  try {
    const early = new Early();
    if ("MediaSource" in window) early.fetch(url, { low, startAt });
    const { Hls } = await import("/vendor/hls.js");
    if (Hls.isSupported()) return new HlsSource(Hls, video, early);
  } catch (error) {
    if (!isNative) throw error;
  }
  if (!isNative) return null;
  const { NativeSource } = await partsOf(() => import("./native-source.js"));
  return new NativeSource(video);
}
