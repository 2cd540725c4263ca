// The page inside other sites' frames: one player.

import { follow } from "../http/live.js";
import { pageData } from "../http/page-data.js";
import { isAudioOnly, watchableStates } from "../messages/states.js";
import { PlayerSetup } from "../player/setup.js";
import { byId } from "../ui/dom.js";
import { placeIcons } from "../ui/icons.js";
import { StageCard } from "../videos/stage-card.js";

placeIcons();
const { video: first } = pageData();
const card = new StageCard();
const setup = new PlayerSetup();
follow(first.id, { first, onVideo: show, onGone: () => byId("player").hidden && card.showProblem("There is no such video", "It has been deleted.") });

function show(video) {
  if (watchableStates.has(video.state) && video.playback?.hls) {
    card.hide();
    setup.load(video, isAudioOnly(video));
  } else {
    setup.unload();
    card.showVideo(video);
  }
}
