// The messages between an embedded player and the page that shows it, as docs/embed.md describes them. Pure.

/** The version of the messages; it stands in each of them, as the value of `videohost`. */
export const version = 1;

const within = (low, high) => (value) => typeof value === "number" && value >= low && value <= high;
const nothing = () => true;

// What a value must be.
const commands = {
  connect: nothing,
  state: nothing,
  play: nothing,
  pause: nothing,
  mute: nothing,
  unmute: nothing,
  seek: within(0, Number.MAX_VALUE),
  volume: within(0, 1),
  rate: within(0.25, 4),
  loop: (value) => typeof value === "boolean",
};

/**
 * A message of the page as `{command, value, id, error}`; `error` is empty, or why the command cannot be carried out. Null for
 * what is not meant for a player, as the messages of other programs.
 */
export function readMessage(data) {
  if (typeof data !== "object" || data === null || !Object.hasOwn(data, "videohost")) return null;
  const { videohost, command, value } = data;
  // Events of another player, which a page passes on, are no commands.
  if (typeof command !== "string") return null;
  const id = ["string", "number"].includes(typeof data.id) ? data.id : null;
  let error = "";
  if (videohost !== version) error = "unsupported_version";
  else if (!Object.hasOwn(commands, command)) error = "unknown_command";
  else if (!commands[command](value)) error = "invalid_value";
  return { command, value, id, error };
}

/** A message to the page. */
export function message(event, facts = {}) {
  return { videohost: version, event, ...facts };
}

/** The answer to a command: `error` is empty when it was carried out. */
export function answer({ command, id }, error, state) {
  return message("answer", { id, command, ok: error === "", ...(error === "" ? {} : { error }), state });
}
