// The page inside other sites' frames: one player, which the page around it may drive.

import { part } from "../elements/parts.js";
import "../elements/vh-player.js";
import { FrameLink } from "../embed/frame-link.js";
import { optionsIn } from "../embed/options.js";
import { follow } from "../http/live.js";
import { pageData } from "../http/page-data.js";
import { watchableStates } from "../http/video-facts.js";
import { t } from "../i18n/translate.js";
import { setText } from "../ui/dom.js";
import { placeIcons } from "../ui/icons.js";
import { StageCard } from "../videos/stage-card.js";

placeIcons();
const { video: first } = pageData();
const player = document.querySelector("vh-player");
const card = new StageCard(part(document, "stage"));
const options = optionsIn(window.location.search);
// The page that shows the player chose these, so they are not stored for others.
if (options.muted) player.give({ muted: true });
player.loop = options.loop;
if (!options.controls) {
  player.setAttribute("bare", "");
  // Without a control, the player itself takes the focus for its keys.
  player.tabIndex = 0;
}
const link = part(player, "page-link");
link.addEventListener("click", () => {
  const at = Math.floor(player.currentTime);
  link.search = at > 0 && !player.ended ? `?t=${at}` : "";
  player.pause();
});
const frame = new FrameLink(player, options.origin);
follow(first.id, { first, onVideo: show, onGone: gone });

function show(video) {
  frame.describe(video);
  setText(part(player, "page-title"), video.title || t("page.untitled"));
  if (watchableStates.has(video.state) && video.playback?.hls) {
    card.hide();
    player.load(video, { begin: options.autoplay ? "muted" : "" });
  } else {
    player.unload();
    card.showVideo(video);
    frame.withdraw();
  }
}

function gone() {
  frame.withdraw();
  if (player.hidden) card.showProblem(t("page.noVideoTitle"), t("page.noVideoText"));
}
