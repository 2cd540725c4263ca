// The room's settings for its owner: name, who controls playback, visibility, slow mode, and closing it.

import { part } from "../../elements/parts.js";
import { changeRoom, closeRoom } from "../../http/api.js";
import { t } from "../../i18n/translate.js";
import { confirmed } from "../../ui/confirm.js";
import { setText, show } from "../../ui/dom.js";
import { toast } from "../../ui/toast.js";
import { problemSentence } from "../../messages/problems.js";

/** Wires the dialog, a `<vh-dialog>`; returns `open(settings)` with the room's current settings. */
export function roomSettings(dialog, roomId) {
  const [name, mode, visibility, slow, error] = ["name", "mode", "visibility", "slow", "error"].map((one) => part(dialog, one));
  const say = (text) => {
    setText(error, text);
    show(error, text !== "");
  };

  part(dialog, "form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const changes = { mode: mode.value, visibility: visibility.value, slowModeSec: Number(slow.value) };
    const title = name.value.trim();
    if (title !== "") changes.name = title;
    try {
      await changeRoom(roomId, changes);
      dialog.close();
      toast(t("room.edit.saved"), { tone: "good", seconds: 3 });
    } catch (problem) {
      say(problemSentence(problem));
    }
  });

  part(dialog, "close-room").addEventListener("click", async () => {
    dialog.close();
    if (!(await confirmed({ title: t("room.edit.closeTitle"), text: t("room.edit.closeText"), yes: t("room.edit.closeYes") }))) return;
    try {
      await closeRoom(roomId);
    } catch (problem) {
      // The dialog comes back with what was set in it, and says why.
      dialog.open();
      say(problemSentence(problem));
    }
  });

  return (settings) => {
    name.value = settings.name ?? "";
    mode.value = settings.mode;
    visibility.value = settings.visibility;
    slow.value = nearest(slow, settings.slowModeSec ?? 0);
    say("");
    dialog.open();
  };
}

/** The option of a select that is nearest to a number. */
function nearest(select, value) {
  const values = [...select.options].map((option) => Number(option.value));
  return String(values.reduce((best, one) => (Math.abs(one - value) < Math.abs(best - value) ? one : best)));
}
