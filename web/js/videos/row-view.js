// What a row of "Your videos" shows, from the server's video and this page's upload. No DOM.

import { percent } from "../format/bytes.js";
import { ago, clock } from "../format/time.js";
import { bestQuality } from "../http/video-facts.js";
import { t } from "../i18n/translate.js";
import { serverText } from "../messages/problems.js";
import { failureAdvice, failureSentence, notesOf, rejectionAdvice, rejectionSentence } from "../messages/rejections.js";
import { doing, progressOf, stateLabel, stagesOf } from "../messages/states.js";

/**
 * `{title, label, tone, meta, bar, stages, message, advice, notes, code, actions, watchUrl, poster}`; `bar` is
 * `{value, text}` or null; `advice` says what can be done about a rejection or failure. `upload` is `uploadView(item)` while the upload runs, else null. `remembered` says that this browser began the upload
 * and knows its address.
 */
export function rowView({ video, item, upload = null, remembered = false, now = Date.now() }) {
  const base = {
    title: video?.title || item?.title || t("page.untitled"),
    meta: video?.createdAt ? ago(video.createdAt, now) : "",
    poster: video?.playback?.smallPoster ?? video?.playback?.poster ?? null,
    watchUrl: null,
    bar: null,
    stages: [],
    message: "",
    advice: "",
    notes: [],
    code: "",
  };
  if (upload) {
    const bar = { value: upload.value, text: upload.text };
    return { ...base, label: upload.label, tone: upload.tone, bar, message: upload.note, actions: upload.actions };
  }
  return { ...base, notes: notesOf(video), label: stateLabel(video?.state), ...ofState(video, remembered, base.meta) };
}

function ofState(video, remembered, since) {
  switch (video?.state) {
    case "draft":
    case "uploading":
      return unfinished(video, remembered);
    case "processing":
      return { tone: "busy", ...making(video), actions: ["open", "rename", "delete"], watchUrl: watch(video) };
    case "playable":
      return {
        tone: "good",
        label: t("mine.canBeWatched"),
        ...making(video),
        actions: ["watch", "copy", "rename", "delete"],
        watchUrl: watch(video),
      };
    case "ready": {
      const meta = [video.durationMs ? clock(video.durationMs / 1000) : "", bestQuality(video), since].filter(Boolean).join(" · ");
      return { tone: "good", meta, actions: ["watch", "copy", "rename", "delete"], watchUrl: watch(video) };
    }
    case "rejected":
      return {
        tone: "bad",
        message: joined(rejectionSentence(video.rejection?.code), serverText(video.rejection?.detail)),
        code: video.rejection?.code ?? "",
        advice: rejectionAdvice(video.rejection?.code),
        actions: ["replace", "open", "delete"],
        watchUrl: watch(video),
      };
    case "failed":
      return {
        tone: "bad",
        message: joined(failureSentence(video.failure?.code ?? video.rejection?.code), serverText(video.failure?.detail)),
        code: video.failure?.code ?? video.rejection?.code ?? "",
        advice: failureAdvice(video.failure?.code),
        actions: ["replace", "open", "delete"],
        watchUrl: watch(video),
      };
    case "blocked":
      return { tone: "bad", message: joined(t("mine.blocked"), video.block?.reason), actions: ["open", "delete"], watchUrl: watch(video) };
    default:
      return { tone: "wait", actions: [] };
  }
}

function unfinished(video, remembered) {
  const upload = Number(video.stages?.upload ?? 0);
  const value = Number.isFinite(upload) ? upload : 0;
  const elsewhere = value > 0 ? t("mine.begunElsewhere") : t("mine.fileMissing");
  const message = remembered ? t("mine.stoppedAt", { percent: percent(value) }) : elsewhere;
  return { tone: "wait", label: t("mine.notFinished"), bar: { value, text: "" }, message, actions: ["choose", "delete"] };
}

function making(video) {
  const value = progressOf(video);
  return { bar: { value, text: [doing(video), percent(value)].filter(Boolean).join(" · ") }, stages: stagesOf(video) };
}

function watch(video) {
  return video.watchUrl ?? `/watch/${encodeURIComponent(video.id)}`;
}

function joined(sentence, detail) {
  return detail && detail !== sentence ? `${sentence} ${detail}` : sentence;
}
