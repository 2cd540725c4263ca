// The room's settings for its owner: name, who controls playback, visibility, slow mode, and closing it.

import { changeRoom, closeRoom } from "../http/api.js";
import { t } from "../i18n/translate.js";
import { confirmed } from "../ui/confirm.js";
import { byId, setText, show } from "../ui/dom.js";
import { toast } from "../ui/toast.js";
import { problemSentence } from "../messages/problems.js";

/** Wires button and dialog; `room()` returns the room's current settings. */
export function roomSettings(roomId, room) {
  const dialog = byId("room-settings");
  const error = (text) => {
    setText(byId("room-settings-error"), text);
    show(byId("room-settings-error"), text !== "");
  };
  byId("settings-open").addEventListener("click", () => {
    const { name, mode, visibility, slowModeSec } = room();
    byId("room-name").value = name ?? "";
    byId("room-mode").value = mode;
    byId("room-visibility").value = visibility;
    byId("room-slow").value = nearest(byId("room-slow"), slowModeSec ?? 0);
    error("");
    dialog.showModal();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  byId("room-settings-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const changes = { mode: byId("room-mode").value, visibility: byId("room-visibility").value, slowModeSec: Number(byId("room-slow").value) };
    const name = byId("room-name").value.trim();
    if (name !== "") changes.name = name;
    try {
      await changeRoom(roomId, changes);
      dialog.close();
      toast(t("room.edit.saved"), { tone: "good", seconds: 3 });
    } catch (problem) {
      error(problemSentence(problem));
    }
  });

  byId("room-close").addEventListener("click", async () => {
    dialog.close();
    if (!(await confirmed({ title: t("room.edit.closeTitle"), text: t("room.edit.closeText"), yes: t("room.edit.closeYes") }))) return;
    try {
      await closeRoom(roomId);
    } catch (problem) {
      toast(problemSentence(problem), { tone: "bad" });
    }
  });
}

/** The option of a select that is nearest to a number. */
function nearest(select, value) {
  const values = [...select.options].map((option) => Number(option.value));
  return String(values.reduce((best, one) => (Math.abs(one - value) < Math.abs(best - value) ? one : best)));
}
