// The text of a file with captions, whatever it is encoded in. Pure.

const marks = [
  ["UTF-16", "utf-16le", [0xff, 0xfe]],
  ["UTF-16", "utf-16be", [0xfe, 0xff]],
];

/**
 * `{text, encoding}` of a file's bytes: by its byte order mark, else UTF-8, else Windows-1252, which every file can be read as.
 * `encoding` is the name for people, empty for UTF-8.
 */
export function captionText(bytes) {
  for (const [encoding, label, [first, second]] of marks) {
    if (bytes[0] === first && bytes[1] === second) return { text: new TextDecoder(label).decode(bytes), encoding };
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "" };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "Windows-1252" };
  }
}
