// What the buttons of a row do.

import { changeVideo, createVideo, deleteVideo } from "../http/api.js";
import { publicOrigin } from "../http/page-data.js";
import { t } from "../i18n/translate.js";
import { confirmed } from "../ui/confirm.js";
import { copyText } from "../ui/copy.js";
import { notice, toast } from "../ui/toast.js";
import { chooseOne } from "../uploads/file-input.js";
import { problemSentence } from "../messages/problems.js";
import { rename } from "./rename.js";

/** Returns the handler `(name, row)` for the rows of `mine`. */
export function rowActions({ queue, mine, openAccount }) {
  const actions = {
    pause: (row) => row.item?.pause(),
    resume: (row) => queue.resume(row.item),
    again: (row) => queue.resume(row.item),
    now: (row) => queue.resume(row.item),
    signin: () => openAccount("login", t("uploads.signInAgain")),
    copy: (row) => copyText(new URL(row.video.watchUrl ?? `/watch/${row.video.id}`, publicOrigin()).href),

    async choose(row) {
      const file = await chooseOne();
      if (file) queue.add([file], { videoId: row.video.id, title: row.video.title });
    },

    async replace(row) {
      const file = await chooseOne();
      if (!file) return;
      const { title, description } = row.video;
      const draft = await createVideo(title, { description });
      await deleteVideo(row.video.id);
      mine.drop(row);
      queue.add([file], { videoId: draft.id, title });
    },

    async cancel(row) {
      const started = row.item.upload && row.item.upload.state.sent > 0;
      const question = { title: t("mine.cancelTitle"), text: t("mine.cancelText", { title: row.item.title }), yes: t("mine.cancelYes") };
      if (started && !(await confirmed(question))) return;
      const { item } = row;
      if (!item || item.over) return; // it finished while the question was open
      const { videoId } = item;
      item.cancel();
      mine.drop(row);
      if (videoId) await deleteVideo(videoId);
    },

    async delete(row) {
      if (!(await confirmed({ title: t("mine.deleteTitle"), text: t("mine.deleteText", { title: row.video.title }) }))) return;
      const known = queue.memory.ofVideo(row.video.id);
      await deleteVideo(row.video.id);
      if (known) queue.memory.forget(known.print);
      mine.drop(row);
      toast(t("mine.deleted"), { seconds: 3 });
    },

    async rename(row) {
      let title = row.video.title;
      let why = "";
      for (;;) {
        title = await rename(row.title, row.video.title, title, why);
        row.focus("rename");
        if (title === null) return;
        try {
          mine.learn({ ...row.video, ...(await changeVideo(row.video.id, { title })) });
          return;
        } catch (problem) {
          // What was typed stays in the field, with the reason.
          why = problemSentence(problem);
        }
      }
    },
  };
  return async (name, row) => {
    try {
      await actions[name]?.(row);
    } catch (problem) {
      notice(problemSentence(problem));
    }
  };
}
