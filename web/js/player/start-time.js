// The time at which an address asks to start. Pure.

/** `90`, `90s`, `1m30s`, `1h2m3s`, `1:30`, `1:02:03`, `90.5` → seconds; null when it is no time. */
export function parseTime(text) {
  const plain = String(text ?? "").trim().toLowerCase();
  const clock = /^(?:(\d+):)?(\d+):([0-5]?\d(?:\.\d+)?)$/.exec(plain);
  if (clock) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  const units = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(plain);
  if (!units || plain === "") return null;
  const [, hours = 0, minutes = 0, seconds = 0] = units;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** Seconds that an address names: `#t=` before `?t=` and `?start=`; null for none. */
export function timeInAddress({ search = "", hash = "" }) {
  const inHash = new URLSearchParams(hash.replace(/^#/, "")).get("t");
  const query = new URLSearchParams(search);
  // A media fragment may name an end as well: `#t=10,20`.
  for (const text of [inHash?.split(",")[0].replace(/^npt:/, ""), query.get("t"), query.get("start")]) {
    const seconds = parseTime(text);
    if (seconds !== null) return seconds;
  }
  return null;
}
