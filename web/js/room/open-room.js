// "Watch together" on the watch page: a room for this video.

import { createRoom } from "../http/api.js";
import { currentSession } from "../http/session.js";
import { t } from "../i18n/translate.js";
import { setText, show } from "../ui/dom.js";
import { problemSentence } from "../messages/problems.js";

/**
 * Wires the button. The new room is unlisted until its owner changes that. A visitor signs in first; the room then opens without
 * another click. Why there is no room stands in `note` until the next try.
 */
export function watchTogether(button, { videoId, openAccount, note }) {
  const say = (words) => {
    setText(note, words);
    show(note, words !== "");
  };
  const open = async () => {
    button.disabled = true;
    say("");
    try {
      const room = await createRoom({ videoId, visibility: "unlisted" });
      window.location.assign(room.page ?? `/room.html?id=${encodeURIComponent(room.id)}`);
    } catch (problem) {
      button.disabled = false;
      button.focus();
      say(problemSentence(problem));
    }
  };
  button.addEventListener("click", async () => {
    if (currentSession() || (await openAccount("register", t("room.needsAccount")))) open();
  });
}
