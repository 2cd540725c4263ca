// Sizes and speeds in the decimal units that file managers and networks use.

const units = ["B", "kB", "MB", "GB", "TB"];

/** `1536000` → `1.5 MB`. */
export function bytes(count) {
  if (!Number.isFinite(count) || count < 0) return "";
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** Bytes a second → `12.3 MB/s`. */
export function speed(bytesPerSecond) {
  const text = bytes(bytesPerSecond);
  return text === "" ? "" : `${text}/s`;
}

/** Bits a second → `1.8 Mbit/s`. */
export function bitrate(bitsPerSecond) {
  if (!Number.isFinite(bitsPerSecond) || bitsPerSecond <= 0) return "";
  return bitsPerSecond >= 1e6 ? `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

/** `0.428` → `42 %`. Rounds down, so that 100 % means finished. */
export function percent(fraction) {
  const clamped = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
  return `${Math.floor(clamped * 100 + 1e-9)} %`;
}
