// Audio tracks: which levels their group leaves, and the menu's words.

/**
 * Indices of the levels, in hls.js' order, that have other sound than the start: where a stream has 5.1 beside stereo it
 * lists every picture twice, and a player that changed between the two with the network would break the sound. `first` is
 * the level that the stream names first.
 */
export function otherGroups(levels, first) {
  const group = levels[first]?.audioGroupId;
  return [...levels.keys()].filter((index) => levels[index].audioGroupId !== group);
}

/** Menu entries `{index, label}`, in the stream's order. */
export function trackEntries(tracks) {
  return tracks.map(({ name, lang }, index) => ({ index, label: name || lang || `Audio ${index + 1}`, detail: "" }));
}
