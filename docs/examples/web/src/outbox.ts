/**
 * Messages that are written and not sent yet. They lie in IndexedDB until the API has them, so a
 * closed tab or a tunnel loses none. Each has an id of its own, made here: sending it again posts
 * nothing, so when in doubt it is sent again.
 *
 * Files lie there as well. A message with files is ready when all of them were inspected; until then
 * what was written later goes first.
 */

import { api } from "./api/client";
import { Problem } from "./api/http";
import type { MessageView, SendMessageRequest, Upload } from "./api/schema";
import { forget, read, readAll, update, write } from "./database";
import { type Progress, Rejected, bringUp, giveUp } from "./upload";

export interface Pending {
  conversationId: string;
  clientMessageId: string;
  content: string;
  files: PendingFile[];
  createdAt: string;
  /** Since when it can be sent; null while a file is on its way. */
  readyAt: string | null;
  /** Why it was refused; it waits for the person then, not for the network. */
  refused: string | null;
}

export interface PendingFile {
  /** Where its bytes lie. */
  key: string;
  name: string;
  contentType: string;
  size: number;
  /** What came of announcing it; null before. */
  upload: Upload | null;
  state: "waiting" | "clean" | "rejected";
}

export interface Change {
  conversationId: string;
  /** What became of it, where it was sent. */
  message: MessageView | null;
  /** How far the files of a message are, from 0 to 1; nothing else changed then. */
  progress?: { clientMessageId: string; share: number };
}

const PREFIX = "my/outbox/";
const FILES = "my/outbox-files/";
const RETRY_SECONDS = 5;
/** The conversations hear of a clean file by an event, as a rule within a second. */
const UNHEARD_SECONDS = 60;

let next: ReturnType<typeof setTimeout> | undefined;
/** Stops the upload of a message that this tab is at. */
const uploading = new Map<string, AbortController>();
const listeners = new Set<(change: Change) => void>();
const tabs = new BroadcastChannel("outbox");
tabs.onmessage = (event: MessageEvent<Change>) => listeners.forEach((tell) => tell(event.data));

/** Calls `listener` when something of a conversation waits, is sent or is refused, in any tab. */
export function onOutbox(listener: (change: Change) => void, signal: AbortSignal): void {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

/** What waits in a conversation, oldest first. */
export async function pendingIn(conversationId: string): Promise<Pending[]> {
  const all = await readAll<Pending>(PREFIX);
  return all.filter((pending) => pending.conversationId === conversationId);
}

/** The bytes of a file that waits. */
export function bytesOf(file: PendingFile): Promise<File | undefined> {
  return read<File>(file.key);
}

/** Puts a message in; it is sent as soon as that is possible. Throws where there is no room. */
export async function post(
  conversationId: string,
  content: string,
  files: readonly File[],
): Promise<void> {
  const clientMessageId = crypto.randomUUID();
  const createdAt = new Date().toISOString();
  const kept = files.map((file) => ({
    key: `${FILES}${clientMessageId}/${crypto.randomUUID()}`,
    name: file.name,
    contentType: file.type,
    size: file.size,
    upload: null,
    state: "waiting" as const,
  }));
  await Promise.all(kept.map(({ key }, index) => write(key, files[index])));
  const readyAt = kept.length > 0 ? null : createdAt;
  const pending = { conversationId, clientMessageId, content, files: kept, createdAt, readyAt };
  await write(keyOf(pending), { ...pending, refused: null } satisfies Pending);
  tell({ conversationId, message: null });
  void sendPending();
}

/** Tries a refused message once more, without the files that are not taken. */
export async function retry(pending: Pending): Promise<void> {
  const rejected = pending.files.filter(({ state }) => state === "rejected");
  await keep(pending, (kept) =>
    ready({ ...kept, files: kept.files.filter(({ state }) => state !== "rejected") }),
  );
  await Promise.all(rejected.map(({ key }) => forget(key)));
  void sendPending();
}

/** Takes a message out, and gives up what was uploaded for it. */
export async function discard(pending: Pending): Promise<void> {
  const { conversationId, clientMessageId } = pending;
  const uploads = (await read<Pending>(keyOf(pending)))?.files.map(({ upload }) => upload) ?? [];
  await forget(keyOf(pending));
  uploading.get(clientMessageId)?.abort();
  await forget(`${FILES}${clientMessageId}/`);
  tell({ conversationId, message: null });
  await Promise.all(uploads.map((upload) => upload && giveUp(upload)));
}

/** Sends what waits. One tab at a time does. */
export async function sendPending(): Promise<void> {
  await Promise.all([
    navigator.locks.request("outbox", sendMessages),
    navigator.locks.request("outbox-files", sendFiles),
  ]);
}

/** Sends what is ready, in its order. */
async function sendMessages(): Promise<void> {
  if (!navigator.onLine) return; // "online" calls again
  for (const pending of await readAll<Pending>(PREFIX)) {
    const isReady = pending.readyAt !== null && pending.refused === null;
    if (isReady && !(await send(pending))) return;
  }
}

/** Whether to go on with the next. */
async function send(pending: Pending): Promise<boolean> {
  const { conversationId, clientMessageId, content, files } = pending;
  const attachments = files.map(({ upload }) => upload?.id ?? "");
  try {
    const message = await api("post", "/v1/messages/conversations/{id}/messages", {
      path: { id: conversationId },
      body: { clientMessageId, type: typeOf(files), content, attachments },
    });
    await forget(keyOf(pending));
    await forget(`${FILES}${clientMessageId}/`);
    tell({ conversationId, message });
    return true;
  } catch (error) {
    if (isUnheard(error, pending)) {
      sendLater(1);
      return true;
    }
    return refuse(pending, error);
  }
}

/** Brings the files of all messages up that wait for that, one after the other. */
async function sendFiles(): Promise<void> {
  if (!navigator.onLine) return;
  for (const pending of await readAll<Pending>(PREFIX)) {
    if (pending.readyAt !== null || pending.refused !== null) continue;
    const abort = new AbortController();
    uploading.set(pending.clientMessageId, abort);
    try {
      await sendFilesOf(pending, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted && !(await refuse(pending, error))) return;
    } finally {
      uploading.delete(pending.clientMessageId);
    }
  }
}

async function sendFilesOf(pending: Pending, signal: AbortSignal): Promise<void> {
  const total = pending.files.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of pending.files) {
    const set = (values: Partial<PendingFile>): Promise<void> =>
      keep(pending, (kept) => ({
        ...kept,
        files: kept.files.map((one) => (one.key === file.key ? { ...one, ...values } : one)),
      }));
    const progress: Progress = {
      announced: (upload) => set({ upload }),
      sent: (bytes) => tellProgress(pending, Math.min(before + bytes, total) / total),
    };
    if (file.state !== "clean") {
      const bytes = await bytesOf(file);
      if (!bytes) return; // discarded in another tab
      try {
        await bringUp(bytes, file.upload, progress, signal);
      } catch (error) {
        const state = error instanceof Rejected && error.isFinal ? "rejected" : "waiting";
        if (error instanceof Rejected) await set({ state, upload: null });
        throw error;
      }
      await set({ state: "clean" });
    }
    before += file.size;
    tellProgress(pending, before / total);
  }
  await keep(pending, ready);
  void navigator.locks.request("outbox", sendMessages);
}

/** Keeps why it failed, if that will not pass by itself. Whether to go on with the next. */
async function refuse(pending: Pending, error: unknown): Promise<boolean> {
  const isRefused = error instanceof Problem && error.status < 500 && error.status !== 429;
  // A DOMException: this browser cannot read the bytes any more.
  if (!isRefused && !(error instanceof Rejected) && !(error instanceof DOMException)) {
    sendLater((error instanceof Problem ? error.retryAfterSeconds : null) ?? RETRY_SECONDS);
    return false; // it stays; without a network it goes out when there is one
  }
  await keep(pending, (kept) => ({ ...kept, refused: error.message }));
  return true;
}

/** Whether the conversations have only not heard yet that the files are clean. */
function isUnheard(error: unknown, { readyAt }: Pending): boolean {
  if (!(error instanceof Problem) || error.status !== 422) return false;
  const isAboutFiles = error.details.errors?.some(({ field }) =>
    field.startsWith("body.attachments"),
  );
  return !!isAboutFiles && Date.now() - Date.parse(readyAt ?? "") < UNHEARD_SECONDS * 1000;
}

function sendLater(seconds: number): void {
  clearTimeout(next);
  next = setTimeout(() => void sendPending(), seconds * 1000);
}

/** As it is tried anew: ready, unless files are to be brought up first. */
function ready(pending: Pending): Pending {
  const isReady = pending.files.every(({ state }) => state === "clean");
  return { ...pending, refused: null, readyAt: isReady ? new Date().toISOString() : null };
}

function typeOf(files: readonly PendingFile[]): SendMessageRequest["type"] {
  if (files.length === 0) return "text";
  const are = (family: string): boolean =>
    files.every(({ contentType }) => contentType.startsWith(family));
  if (are("image/")) return "image";
  return are("video/") ? "video" : "file";
}

/** Changes it, unless it was taken out meanwhile. */
async function keep(pending: Pending, change: (kept: Pending) => Pending): Promise<void> {
  await update(keyOf(pending), change);
  tell({ conversationId: pending.conversationId, message: null });
}

/** By the time it was written: that is the order in which it is sent. */
function keyOf({ createdAt, clientMessageId }: { createdAt: string; clientMessageId: string }) {
  return `${PREFIX}${createdAt} ${clientMessageId}`;
}

function tellProgress({ conversationId, clientMessageId }: Pending, share: number): void {
  tell({ conversationId, message: null, progress: { clientMessageId, share } });
}

function tell(change: Change): void {
  listeners.forEach((listener) => listener(change));
  tabs.postMessage(change);
}
