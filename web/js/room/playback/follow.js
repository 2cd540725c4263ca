// What a player must do to be at its room's position. Pure. The numbers are those of docs/rooms.md.

/** Distances in milliseconds: below `quiet` nothing is done; a correction runs until `close`; beyond `far` the player seeks. */
export const bands = { quiet: 80, close: 40, far: 1000, seekOnly: 600, lead: 250, nudge: 0.04 };

/** The room's position at a moment of the server's clock, in milliseconds. */
export function roomPosition(state, now) {
  const end = state.durationMs > 0 ? state.durationMs : Infinity;
  const gone = state.phase === "playing" ? Math.max(0, now - state.at) * state.rate : 0;
  return Math.min(end, Math.max(0, state.pos + gone));
}

/**
 * One step. `player`: `{pos, end, paused, rate, busy, ended}`, milliseconds; `end` is its own length, `busy` means that it
 * seeks or has nothing to show. `canRate` is false where the speed must not be touched. `nudging` is what the last step
 * answered, `force` asks for a jump also where the bands would not, `lead` is how far ahead a jump goes.
 *
 * Answers `{action, …}`: `none`, `play`, `pause`, `seek` with `pos`, or `rate` with `rate`; always `nudging`, `off` (how far
 * the player is ahead) and `again`, milliseconds until something is due, or null.
 */
export function decide({ state, now, player, canRate = true, nudging = false, force = false, lead = bands.lead }) {
  const target = Math.min(roomPosition(state, now), player.end > 0 ? player.end : Infinity);
  const off = player.pos - target;
  const step = (action, more = {}) => ({ action, nudging: false, off, again: null, ...more });
  const plays = state.phase === "playing" && now >= state.at;

  if (!plays) {
    if (!player.paused && !player.ended) return step("pause");
    if (player.busy) return step("none");
    const tolerance = force ? bands.close : canRate ? bands.quiet : bands.seekOnly;
    if (Math.abs(off) > tolerance) return step("seek", { pos: target });
    return step("none", { again: state.phase === "playing" ? state.at - now : null });
  }

  const end = player.end > 0 ? player.end : state.durationMs || Infinity;
  // At the end there is nothing to catch up with; the server ends the room's playback.
  if (target >= end - bands.lead && (player.ended || player.pos >= end - bands.lead)) return step("none");
  if (player.paused || player.ended) {
    if (Math.abs(off) > bands.far && !player.busy) return step("seek", { pos: Math.min(end, target + lead) });
    return step("play");
  }
  if (player.busy) return step("none", { nudging });

  const distance = Math.abs(off);
  if (distance > (canRate ? bands.far : bands.seekOnly) || (force && distance > bands.quiet)) {
    return step("seek", { pos: Math.min(end, target + lead * state.rate) });
  }
  const goesOn = canRate && distance > (nudging ? bands.close : bands.quiet);
  const rate = goesOn ? state.rate * (off > 0 ? 1 - bands.nudge : 1 + bands.nudge) : state.rate;
  return Math.abs(player.rate - rate) > 0.001 ? step("rate", { rate, nudging: goesOn }) : step("none", { nudging: goesOn });
}
