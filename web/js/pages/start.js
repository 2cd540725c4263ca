// The start page: public videos and rooms; the panel for uploads and one's own videos.

import { part } from "../elements/parts.js";
import "../elements/vh-grid.js";
import "../elements/vh-upload.js";
import { pageData } from "../http/page-data.js";
import { currentSession, onSession } from "../http/session.js";
import { t } from "../i18n/translate.js";
import { OpenRooms } from "../room/open-rooms.js";
import { openAccount } from "../ui/account.js";
import { fillHeader } from "../ui/header.js";
import { placeIcons } from "../ui/icons.js";
import { UploadQueue } from "../uploads/upload-queue.js";
import { MyVideos } from "../videos/mine.js";

placeIcons();
fillHeader(part(document, "header"), (why) => openAccount("login", why));

const queue = new UploadQueue();
const panel = document.querySelector("vh-upload");
const mine = new MyVideos(panel, { queue, openAccount, live: part(document, "live") });
const grid = document.querySelector("vh-grid");
mine.addEventListener("published", () => grid.reload());

// Files that were chosen before signing in are uploaded after it.
let pending = [];
panel.takeFiles(part(document, "drop-veil"), async (files) => {
  if (currentSession()) {
    queue.add(files);
    return;
  }
  pending = files;
  const why = files.length === 1 ? t("start.fileAfterSignIn", { name: files[0].name }) : t("start.filesAfterSignIn", { count: files.length });
  if (!(await openAccount("register", why))) pending = [];
});

panel.addEventListener("closed", () => part(document, "header").querySelector("a[href$='#upload']").focus());

let signedInAs = currentSession()?.token ?? null;
onSession((session) => {
  if (session && pending.length > 0) {
    queue.add(pending);
    pending = [];
  }
  if ((session?.token ?? null) === signedInAs) return;
  signedInAs = session?.token ?? null;
  mine.reload();
});

mine.reload();
grid.adopt(pageData().next);
new OpenRooms(part(document, "rooms")).reload();
