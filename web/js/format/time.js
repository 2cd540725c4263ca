// Times as text in the page's language: for the player's clock, for screen readers, and as an estimate of what remains.

import { language, t } from "../i18n/translate.js";

/** `83` → `1:23`, `3723` → `1:02:03`. Anything that is no number of seconds reads `0:00`. The same in every language. */
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
  if (parts.length === 0) return amount(0, "second", "long");
  return parts.map(([n, unit]) => amount(n, unit, "long")).join(" ");
}

/** `90` and `minute` → `90 min`; `long` gives `90 minutes`. */
export function amount(count, unit, unitDisplay = "short") {
  return new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 }).format(count);
}

/** A rounded estimate: `20 sec left`, `about 4 min left`. Empty when nothing is known. */
export function remaining(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return "";
  if (seconds < 5) return t("time.fewSecondsLeft");
  if (seconds < 55) return t("time.left", { amount: amount(Math.ceil(seconds / 5) * 5, "second") });
  if (seconds < 3570) return t("time.aboutLeft", { amount: amount(Math.max(1, Math.round(seconds / 60)), "minute") });
  return t("time.aboutLeft", { amount: amount(Math.round(seconds / 360) / 10, "hour") });
}

/** `in 1 second`, `in 60 minutes`: when something can be tried again. */
export function within(seconds) {
  const [count, unit] = seconds < 90 ? [seconds, "second"] : [seconds / 60, "minute"];
  return relative(Math.ceil(count), unit);
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
  if (seconds < 20) return t("time.justNow");
  const [, unit, size] = steps.find(([limit]) => seconds < limit);
  return relative(-Math.floor(seconds / size), unit);
}

function relative(count, unit) {
  return new Intl.RelativeTimeFormat(language(), { numeric: "always" }).format(count, unit);
}

/** `January 10, 2026 at 1:00 PM`, in the viewer's time zone, from an RFC 3339 text. Empty when it is none. */
export function date(when) {
  const at = new Date(when);
  return Number.isNaN(at.getTime()) ? "" : new Intl.DateTimeFormat(language(), { dateStyle: "long", timeStyle: "short" }).format(at);
}
