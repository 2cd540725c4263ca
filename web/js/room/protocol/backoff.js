// How long to wait before the next try of a connection: pure.

const first = 1000;
const most = 30_000;

/** Milliseconds before try number `failures` (1, 2, …): 1, 2, 4 … 30 s, times a random number, so that not all come at once. */
export function delayBefore(failures, random) {
  return Math.round(Math.min(most, first * 2 ** Math.min(Math.max(0, failures - 1), 10)) * random());
}
