// The watch page: the player, what is known of the video, other videos.

import "../elements/vh-player.js";
import { getVideo } from "../http/api.js";
import { follow } from "../http/live.js";
import { t } from "../i18n/translate.js";
import { watchTogether } from "../room/open-room.js";
import { accountDialog } from "../ui/account-dialog.js";
import { byId, setText } from "../ui/dom.js";
import { fillHeader } from "../ui/header.js";
import { placeIcons } from "../ui/icons.js";
import { About } from "../videos/about.js";
import { PublicGrid } from "../videos/grid.js";
import { StageCard } from "../videos/stage-card.js";
import { problemSentence } from "../messages/problems.js";
import { watchableStates } from "../messages/states.js";

placeIcons();
const openAccount = accountDialog();
fillHeader(byId("header"), () => openAccount("login"));

const id = videoId();
const card = new StageCard();
const about = new About();
const player = document.querySelector("vh-player");
player.addEventListener("fault", () => id !== null && lookAgain());
const grid = new PublicGrid({ except: id });
grid.reload();

if (id !== null) watchTogether(id, openAccount);

let lastState = null;
if (id === null) card.showProblem(t("watch.incomplete"), t("watch.incompleteText"));
else follow(id, { onVideo: show, onGone: gone });

function show(video) {
  // Only the owner gets the title and facts of a blocked video.
  const withheld = video.state === "blocked" && !video.block;
  byId("about").hidden = withheld;
  if (withheld) document.title = t("page.title", { title: t("watch.blockedTitle") });
  else about.update(video);
  shape(video);
  if (video.state === "blocked") {
    player.unload();
    card.showVideo(video);
  } else if (watchableStates.has(video.state) && video.playback?.hls) {
    card.hide();
    player.load(video);
  } else if (player.hidden) {
    card.showVideo(video);
  }
  if (lastState && lastState !== video.state && video.state === "ready") setText(byId("live"), t("watch.allReady"));
  lastState = video.state;
}

// A ready video is not followed, so a block is looked for when files are missing and when the page becomes visible.
document.addEventListener("visibilitychange", () => !document.hidden && id !== null && lookAgain());

async function lookAgain() {
  try {
    const video = await getVideo(id);
    if (video.state === "blocked") show(video);
  } catch (problem) {
    if (problem.code === "video_blocked") gone(problem);
  }
}

function gone(problem) {
  // A running player keeps what it has loaded, unless the video was blocked; otherwise the card is shown.
  if (problem.code === "video_blocked") player.unload();
  if (!player.hidden) return;
  document.title = t("page.title", { title: t("watch.notFoundTitle") });
  byId("about").hidden = true;
  if (problem.status === 404 || problem.status === 410) card.showProblem(t("page.noVideoTitle"), t("page.noVideoText"));
  else card.showProblem(t("watch.cannotShow"), problemSentence(problem));
}

/** Gives the stage the video's aspect ratio, or 16:9 without a video track. */
function shape(video) {
  const { width, height } = video.renditions?.find((one) => one.width > 0 && one.height > 0) ?? { width: 16, height: 9 };
  byId("stage").style.setProperty("--ratio", String(width / height));
}

function videoId() {
  const match = /^\/watch\/([^/]+)\/?$/.exec(window.location.pathname);
  if (match) return decodeURIComponent(match[1]);
  return new URLSearchParams(window.location.search).get("v");
}
