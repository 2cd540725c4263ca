// What the browser knows of the line before anything is measured.

// Below this many megabits a second the lowest level starts: its first segment is there a second earlier.
const slow = 2;

/**
 * Whether a stream starts with its lowest level and not with its first variant: on a line that the browser takes for slow, or
 * whose user asks for little data. `connection` is `navigator.connection`, which not every browser has.
 */
export function startsLow(connection) {
  if (!connection) return false;
  return connection.saveData === true || (connection.downlink > 0 && connection.downlink < slow);
}
