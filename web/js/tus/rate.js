// The upload's speed over the last seconds.

/** A sliding window of (time, offset) samples. Times are milliseconds from any monotonic clock. */
export class RateMeter {
  #samples = [];
  #span;

  constructor(spanMs = 6000) {
    this.#span = spanMs;
  }

  /** Notes the offset reached at `now`. An offset that went back (a resumed upload) restarts the window. */
  sample(offset, now) {
    const last = this.#samples[this.#samples.length - 1];
    if (last && offset < last.offset) this.#samples = [];
    this.#samples.push({ offset, now });
    while (this.#samples.length > 2 && now - this.#samples[1].now >= this.#span) this.#samples.shift();
  }

  /** Empties the window: after a pause the old speed means nothing. */
  reset() {
    this.#samples = [];
  }

  /** Bytes a second, or null before half a second has been seen. */
  get bytesPerSecond() {
    if (this.#samples.length < 2) return null;
    const first = this.#samples[0];
    const last = this.#samples[this.#samples.length - 1];
    const elapsed = last.now - first.now;
    return elapsed < 500 ? null : ((last.offset - first.offset) * 1000) / elapsed;
  }

  /** Seconds until `total` is reached at this speed, or null. */
  secondsTo(total) {
    const rate = this.bytesPerSecond;
    const last = this.#samples[this.#samples.length - 1];
    return rate === null || rate <= 0 ? null : Math.max(0, (total - last.offset) / rate);
  }
}
