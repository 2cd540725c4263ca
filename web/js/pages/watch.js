// The watch page: the player, what is known of the video, other videos; the owner's tools are loaded for the owner.

import { part } from "../elements/parts.js";
import "../elements/vh-grid.js";
import "../elements/vh-player.js";
import { getVideo } from "../http/api.js";
import { follow } from "../http/live.js";
import { pageData } from "../http/page-data.js";
import { currentSession, onSession } from "../http/session.js";
import { watchableStates } from "../http/video-facts.js";
import { t } from "../i18n/translate.js";
import { problemSentence } from "../messages/problems.js";
import { SleepTimer } from "../player/sleep-timer.js";
import { watchTogether } from "../room/open-room.js";
import { openAccount } from "../ui/account.js";
import { setText } from "../ui/dom.js";
import { fillHeader } from "../ui/header.js";
import { placeIcons } from "../ui/icons.js";
import { partsOf } from "../ui/later.js";
import { toast } from "../ui/toast.js";
import { About } from "../videos/about.js";
import { picturesAfter } from "../videos/later-pictures.js";
import { StageCard } from "../videos/stage-card.js";
import { arrival, suggestions } from "../videos/suggestions.js";

// The server shows what everybody may see: `first` is absent while the video is blocked.
const { id, video: first, next } = pageData();

placeIcons();
fillHeader(part(document, "header"), (why) => openAccount("login", why));

const stage = part(document, "stage");
const facts = part(document, "about");
const card = new StageCard(stage, { isAlone: () => facts.hidden });
const player = document.querySelector("vh-player");
const tools = document.querySelector("vh-owner");
const about = new About(facts, { seek: jump, help: () => player.help() });
picturesAfter(player, document.querySelector("main"), Boolean(first?.playback?.hls));
player.sleep = new SleepTimer(player, () => toast(t("player.slept")));
window.addEventListener("pageshow", ({ persisted }) => persisted && player.sleep.restore());
player.addEventListener("fault", () => id !== null && lookAgain());
const grid = document.querySelector("vh-grid");
grid.adopt(next, { except: id });
if (first) player.suggest(suggestions(grid, id));
watchTogether(part(facts, "together"), { videoId: id, openAccount, note: part(facts, "together-note") });
onSession(() => known && offerTools(known));
tools.addEventListener("changed", ({ detail }) => show(detail));
tools.addEventListener("seek", ({ detail }) => jump(detail));
tools.addEventListener("forms", ({ detail }) => (player.still = detail));

let lastState = null;
let known = null;
let stop = () => {};
if (first) start();
else lookAsOwner(currentSession());

function start() {
  stop();
  stop = follow(id, { first, onVideo: show, onGone: gone, onTrouble: trouble });
}

/** Shows a blocked video to its owner, who may sign in here. */
function lookAsOwner(session) {
  if (session) getVideo(id).then(show, (problem) => problem.code !== "video_blocked" && gone(problem));
  else onSession((next) => next && lookAsOwner(next));
}

function show(video) {
  known = video;
  // Only the owner gets the title and facts of a blocked video.
  const withheld = video.state === "blocked" && !video.block;
  facts.hidden = withheld;
  if (withheld) document.title = t("page.title", { title: t("watch.blockedTitle") });
  else about.update(video);
  shape(video);
  if (video.state === "blocked") {
    player.unload();
    card.showVideo(video);
  } else if (watchableStates.has(video.state) && video.playback?.hls) {
    card.hide();
    const waited = lastState !== null && !watchableStates.has(lastState) && lastState !== "blocked";
    player.load(video, { begin: arrival({ referrer: document.referrer, saveData: navigator.connection?.saveData === true, waited }, window.location.origin) });
  } else if (player.hidden) {
    card.showVideo(video);
  }
  if (lastState && lastState !== video.state && video.state === "ready") setText(part(document, "live"), t("watch.allReady"));
  lastState = video.state;
  offerTools(video);
}

/** Shows the owner's tools to the owner alone; their module is loaded only then. */
async function offerTools(video) {
  const mine = currentSession()?.userId !== undefined && currentSession().userId === video.owner?.id;
  if (!mine) {
    tools.hidden = true;
    return;
  }
  try {
    await partsOf(() => import("../elements/vh-owner.js"));
  } catch {
    // Without the network the page works as for others.
    return;
  }
  tools.show(video);
}

function jump(seconds) {
  player.seek(seconds);
  if (player.paused) player.play();
  stage.scrollIntoView({ block: "nearest" });
}

// A ready video is not followed, so a block is looked for when files are missing and when the page becomes visible.
document.addEventListener("visibilitychange", () => !document.hidden && first && lookAgain());

async function lookAgain() {
  try {
    const video = await getVideo(id);
    if (video.state === "blocked") show(video);
  } catch (problem) {
    if (problem.code === "video_blocked") gone(problem);
  }
}

/** The server does not answer, or answers again: said where nothing plays that would say it. */
function trouble(problem) {
  if (!player.hidden) return;
  if (problem) card.showProblem(t("watch.cannotShow"), problemSentence(problem), { retry: true });
  else if (known) card.showVideo(known);
}

function gone(problem) {
  // A running player keeps what it has loaded, unless the video was blocked; otherwise the card is shown.
  if (problem.code === "video_blocked") player.unload();
  if (!player.hidden) return;
  document.title = t("page.title", { title: t("watch.notFoundTitle") });
  facts.hidden = true;
  if (problem.status === 404 || problem.status === 410) card.showProblem(t("page.noVideoTitle"), t("page.noVideoText"));
  else card.showProblem(t("watch.cannotShow"), problemSentence(problem), { retry: problem.status === 0 || problem.status >= 500 });
}

/** Gives the stage the video's aspect ratio, or 16:9 without a video track. */
function shape(video) {
  const { width, height } = video.renditions?.find((one) => one.width > 0 && one.height > 0) ?? { width: 16, height: 9 };
  stage.style.setProperty("--ratio", String(width / height));
}
