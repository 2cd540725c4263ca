// Upload-Metadata of tus 1.0: `key base64(value)` pairs, separated by commas.

/** Text as base64 of its UTF-8 bytes. */
export function base64(text) {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Encodes the pairs that have a value. Keys must be ASCII without space or comma. */
export function encodeMetadata(pairs) {
  return Object.entries(pairs)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([key, value]) => {
      if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(key)) throw new TypeError(`not a metadata key: ${key}`);
      return `${key} ${base64(String(value))}`;
    })
    .join(",");
}
