// What the address of an embedded player asks for. Pure.

const yes = new Set(["1", "true", ""]);
const no = new Set(["0", "false"]);

/**
 * The options of a query: `{autoplay, muted, loop, controls, origin}`. `origin` is the only origin that may drive the player,
 * null for any that may show it, and empty, which no origin is, where the address names none that can be read.
 */
export function optionsIn(search) {
  const query = new URLSearchParams(search);
  const on = (name) => yes.has(query.get(name)?.toLowerCase());
  const origin = query.get("origin");
  return {
    autoplay: on("autoplay"),
    muted: on("muted") || on("mute"),
    loop: on("loop"),
    controls: !no.has(query.get("controls")?.toLowerCase()),
    origin: origin === null ? null : originOf(origin),
  };
}

function originOf(text) {
  try {
    const { origin } = new URL(text);
    return origin === "null" ? "" : origin;
  } catch {
    return "";
  }
}
