// "Watch together" on the watch page: a room for this video.

import { createRoom } from "../http/api.js";
import { currentSession } from "../http/session.js";
import { t } from "../i18n/translate.js";
import { byId } from "../ui/dom.js";
import { toast } from "../ui/toast.js";
import { problemSentence } from "../messages/problems.js";

/**
 * Wires the button. The new room is unlisted until its owner changes that.
 * A visitor signs in first; the room then opens without another click.
 */
export function watchTogether(videoId, openAccount) {
  const button = byId("together");
  const open = async () => {
    button.disabled = true;
    try {
      const room = await createRoom({ videoId, visibility: "unlisted" });
      window.location.assign(room.page ?? `/room.html?id=${encodeURIComponent(room.id)}`);
    } catch (problem) {
      toast(problemSentence(problem), { tone: "bad" });
      button.disabled = false;
    }
  };
  button.addEventListener("click", () => {
    if (currentSession()) {
      open();
      return;
    }
    openAccount("register", t("room.needsAccount"));
    byId("account").addEventListener("close", () => currentSession() && open(), { once: true });
  });
}
