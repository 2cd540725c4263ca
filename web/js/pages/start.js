// The start page: sign in, upload, one's own videos, public videos.

import { pageData } from "../http/page-data.js";
import { currentSession, onSession } from "../http/session.js";
import { t } from "../i18n/translate.js";
import { OpenRooms } from "../room/open-rooms.js";
import { accountDialog } from "../ui/account-dialog.js";
import { byId, setText, show } from "../ui/dom.js";
import { fillHeader } from "../ui/header.js";
import { placeIcons } from "../ui/icons.js";
import { UploadQueue } from "../uploads/upload-queue.js";
import { watchFileInput } from "../uploads/file-input.js";
import { PublicGrid } from "../videos/grid.js";
import { MyVideos } from "../videos/mine.js";

placeIcons();
const openAccount = accountDialog();
fillHeader(byId("header"), (why) => openAccount("login", why));
byId("hero-sign-in").addEventListener("click", () => openAccount("login"));
byId("hero-register").addEventListener("click", () => openAccount("register"));

const queue = new UploadQueue();
const mine = new MyVideos(queue, openAccount);
const grid = new PublicGrid();
mine.addEventListener("published", () => grid.reload());

// Files that were chosen before signing in are uploaded after it.
let pending = [];
watchFileInput((files) => {
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

function draw(session) {
  document.body.classList.toggle("signed-in", session !== null);
  show(byId("hero-actions"), session === null);
  const title = byId("hero-title");
  setText(title, session ? t("start.titleSignedIn") : t("start.title"));
}

let signedInAs = currentSession()?.token ?? null;
onSession((session) => {
  draw(session);
  if (session && pending.length > 0) {
    queue.add(pending);
    pending = [];
  }
  if ((session?.token ?? null) === signedInAs) return;
  signedInAs = session?.token ?? null;
  mine.reload();
});

draw(currentSession());
mine.reload();
grid.adopt(pageData().next);
new OpenRooms().reload();
