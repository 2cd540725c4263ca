// What a player needs only when its menu asks for it: loaded then, as a part of its own.

export { shareDialog } from "./share.js";
export { statistics, statisticsPanel } from "./statistics.js";
export { transcriptPanel } from "./transcript.js";
