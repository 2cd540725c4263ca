// The start page: public videos and rooms; the panel for uploads and one's own videos.

import "../elements/vh-grid.js";
import "../elements/vh-upload.js";
import { pageData } from "../http/page-data.js";
import { currentSession, onSession } from "../http/session.js";
import { t } from "../i18n/translate.js";
import { OpenRooms } from "../room/open-rooms.js";
import { accountDialog } from "../ui/account-dialog.js";
import { byId } from "../ui/dom.js";
import { fillHeader } from "../ui/header.js";
import { placeIcons } from "../ui/icons.js";
import { UploadQueue } from "../uploads/upload-queue.js";
import { MyVideos } from "../videos/mine.js";

placeIcons();
const openAccount = accountDialog();
fillHeader(byId("header"), (why) => openAccount("login", why));

const queue = new UploadQueue();
const panel = byId("upload");
const mine = new MyVideos(panel, queue, openAccount);
const grid = document.querySelector("vh-grid");
mine.addEventListener("published", () => grid.reload());

// Files that were chosen before signing in are uploaded after it.
let pending = [];
panel.takeFiles(byId("drop-veil"), (files) => {
  if (currentSession()) {
    queue.add(files);
    return;
  }
  pending = files;
  openAccount("register", files.length === 1 ? t("start.fileAfterSignIn", { name: files[0].name }) : t("start.filesAfterSignIn", { count: files.length }));
});
byId("account").addEventListener("close", () => {
  if (!currentSession()) pending = [];
});

panel.addEventListener("closed", () => document.querySelector("#header a[href$='#upload']").focus());

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
new OpenRooms().reload();
