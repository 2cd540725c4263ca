// The page inside other sites' frames: one player.

import "../elements/vh-player.js";
import { follow } from "../http/live.js";
import { pageData } from "../http/page-data.js";
import { t } from "../i18n/translate.js";
import { watchableStates } from "../messages/states.js";
import { placeIcons } from "../ui/icons.js";
import { StageCard } from "../videos/stage-card.js";

placeIcons();
const { video: first } = pageData();
const card = new StageCard();
const player = document.querySelector("vh-player");
follow(first.id, { first, onVideo: show, onGone: () => player.hidden && card.showProblem(t("page.noVideoTitle"), t("page.noVideoText")) });

function show(video) {
  if (watchableStates.has(video.state) && video.playback?.hls) {
    card.hide();
    player.load(video);
  } else {
    player.unload();
    card.showVideo(video);
  }
}
