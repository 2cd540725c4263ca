// Times as text: for the player's clock, for screen readers, and as an estimate of what remains.

/** `83` → `1:23`, `3723` → `1:02:03`. Anything that is no number of seconds reads `0:00`. */
export function clock(seconds) {
  const whole = Number.isFinite(seconds) && seconds > 0 ? Math.floor(seconds) : 0;
  const h = Math.floor(whole / 3600);
  const m = Math.floor(whole / 60) % 60;
  const s = String(whole % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** `83` → `1 minute 23 seconds`, for `aria-valuetext`. */
export function spoken(seconds) {
  const whole = Number.isFinite(seconds) && seconds > 0 ? Math.floor(seconds) : 0;
  const parts = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ].filter(([n]) => n > 0);
  if (parts.length === 0) return "0 seconds";
  return parts.map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`).join(" ");
}

/** A rounded estimate: `20 s left`, `about 4 min left`. Empty when nothing is known. */
export function remaining(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return "";
  if (seconds < 5) return "a few seconds left";
  if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 3570) return `about ${Math.max(1, Math.round(seconds / 60))} min left`;
  return `about ${(Math.round(seconds / 360) / 10).toString()} h left`;
}

const steps = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86400, "hour", 3600],
  [2592000, "day", 86400],
  [31536000, "month", 2592000],
  [Infinity, "year", 31536000],
];

/** `3 minutes ago`, from an RFC 3339 text or milliseconds. Empty when it is neither. */
export function ago(when, now = Date.now()) {
  const at = typeof when === "number" ? when : Date.parse(when);
  if (!Number.isFinite(at)) return "";
  const seconds = Math.max(0, (now - at) / 1000);
  if (seconds < 20) return "just now";
  const [, unit, size] = steps.find(([limit]) => seconds < limit);
  return new Intl.RelativeTimeFormat("en", { numeric: "always" }).format(-Math.floor(seconds / size), unit);
}
