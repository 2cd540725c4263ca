// Sizes and speeds in the decimal units that file managers and networks use, and shares, as the page's language writes them.

import { language, t } from "../i18n/translate.js";

const units = ["kilobyte", "megabyte", "gigabyte", "terabyte"];

/** `1536000` → `1.5 MB`. */
export function bytes(count) {
  if (!Number.isFinite(count) || count < 0) return "";
  if (count < 999.5) return t("units.bytes", { value: Math.round(count) });
  let value = count / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return decimal(value, value >= 99.95 ? 0 : 1, { style: "unit", unit: units[unit] });
}

/** Bytes a second → `12.3 MB/s`. */
export function speed(bytesPerSecond) {
  const amount = bytes(bytesPerSecond);
  return amount === "" ? "" : t("units.perSecond", { amount });
}

/** Bits a second → `1.8 Mbit/s`. */
export function bitrate(bitsPerSecond) {
  if (!Number.isFinite(bitsPerSecond) || bitsPerSecond <= 0) return "";
  if (bitsPerSecond >= 1e6) return t("units.megabits", { value: decimal(bitsPerSecond / 1e6, 1) });
  return t("units.kilobits", { value: Math.round(bitsPerSecond / 1e3) });
}

/** `0.428` → `42%`. Rounds down, so that 100 % means finished. */
export function percent(fraction) {
  const clamped = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
  return decimal(Math.floor(clamped * 100 + 1e-9) / 100, 0, { style: "percent" });
}

function decimal(value, digits, options = {}) {
  return new Intl.NumberFormat(language(), { ...options, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}
