// The API's operations that the pages use.

import { request } from "./request.js";
import { closeSession, currentSession, openSession } from "./session.js";

const videoPath = (id) => `/v1/videos/${encodeURIComponent(id)}`;

/** Creates an account; resolves with `{id, username}`. */
export async function register({ email, username, password }) {
  return (await request("POST", "/v1/auth/register", { body: { email, username, password }, anonymous: true })).data;
}

/** Signs in by e-mail address or name. */
export async function login(identifier, password) {
  const who = identifier.includes("@") ? { email: identifier } : { username: identifier };
  const { data, skew } = await request("POST", "/v1/auth/login", { body: { ...who, password }, anonymous: true });
  openSession({ token: data.token, expiresAt: data.expiresAt, userId: data.userId, name: data.username, skew });
}

/** Signs out here at once; the server is told, and its answer does not matter. */
export async function logout() {
  if (!currentSession()) return;
  const told = request("POST", "/v1/auth/logout").catch(() => {});
  closeSession();
  await told;
}

/** Creates a draft for an upload. */
export async function createVideo(title, { description, signal } = {}) {
  return (await request("POST", "/v1/videos", { body: { title, description }, signal })).data;
}

/** One video as its viewer, or its owner, sees it. */
export async function getVideo(id, signal) {
  return (await request("GET", videoPath(id), { signal })).data;
}

/** A page of the signed-in user's videos: `{data, page: {next}}`. */
export async function listMine(cursor = null, signal) {
  return (await request("GET", `/v1/videos?${query({ mine: "1", limit: "20", cursor })}`, { signal })).data;
}

/** A page of the public videos. */
export async function listPublic(cursor = null, signal) {
  return (await request("GET", `/v1/videos?${query({ limit: "24", cursor })}`, { signal, anonymous: true })).data;
}

/** Changes title or description; `ifMatch` is the version that was read last. */
export async function changeVideo(id, changes) {
  const { etag } = await request("GET", videoPath(id));
  return (await request("PATCH", videoPath(id), { body: changes, ifMatch: etag ?? undefined })).data;
}

/** Deletes a video and its renditions; succeeds when it is gone already. */
export async function deleteVideo(id) {
  try {
    await request("DELETE", videoPath(id));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
}

const captionPath = (id, language) => `${videoPath(id)}/captions/${encodeURIComponent(language)}`;

/** The captions of a language as WebVTT. */
export async function getCaptions(id, language) {
  return (await request("GET", captionPath(id, language), { accept: "text/vtt" })).data;
}

/** Sends a file of captions in a language, in place of those that there are; an empty `label` means the language's name. */
export async function putCaptions(id, language, file, label = "") {
  const named = label === "" ? "" : `?${query({ label })}`;
  return (await request("PUT", captionPath(id, language) + named, { body: file })).data;
}

/** Deletes captions that were sent; succeeds when they are gone already. */
export async function deleteCaptions(id, language) {
  try {
    await request("DELETE", captionPath(id, language));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
}

const roomPath = (id) => `/v1/rooms/${encodeURIComponent(id)}`;

/** Creates a room: `{videoId, name, mode, visibility}`; resolves with the room, whose `page` is its address. */
export async function createRoom(room) {
  return (await request("POST", "/v1/rooms", { body: room })).data;
}

/** A page of the public rooms that have members. */
export async function listRooms(cursor = null, signal) {
  return (await request("GET", `/v1/rooms?${query({ limit: "12", cursor, occupied: "1" })}`, { signal, anonymous: true })).data;
}

/** One room. */
export async function getRoom(id, signal) {
  return (await request("GET", roomPath(id), { signal })).data;
}

/** Changes name, mode, visibility or slow mode of one's own room. */
export async function changeRoom(id, changes) {
  return (await request("PATCH", roomPath(id), { body: changes })).data;
}

/** Closes a room for everybody; succeeds when it is closed already. */
export async function closeRoom(id) {
  try {
    await request("DELETE", roomPath(id));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
}

function query(pairs) {
  return new URLSearchParams(Object.entries(pairs).filter(([, value]) => value !== null)).toString();
}
