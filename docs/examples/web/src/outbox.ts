/**
 * Outbox: messages that are not sent yet. They are stored in IndexedDB until the API has accepted
 * them, so neither a closed tab nor a lost network loses one. Each gets its `clientMessageId` here;
 * the API ignores repetitions, so a message is resent whenever its outcome is unknown.
 *
 * Attached files are stored as well. A message with files is ready once all files have passed the
 * inspection; until then, later messages are sent before it.
 */

import { api } from "./api/client";
import { Problem } from "./api/http";
import type { MessageView, SendMessageRequest, Upload } from "./api/schema";
import { read, readAll, remove, update, write } from "./database";
import { moment } from "./format";
import { type Progress, Rejected, cancelUpload, uploadFile } from "./upload";

/** A message waiting to be sent. */
export interface Pending {
  conversationId: string;
  clientMessageId: string;
  content: string;
  files: PendingFile[];
  /** Whether it is a personal answer to a guest, after the platform's reply window. */
  humanAgent?: boolean;
  createdAt: string;
  /** When it became ready to be sent; null while files are uploaded. */
  readyAt: string | null;
  /** Why it was refused; it then waits for the user, not for the network. */
  refused: string | null;
}

/** A file of a message waiting to be sent. */
export interface PendingFile {
  /** Key of its content in the database. */
  key: string;
  name: string;
  contentType: string;
  size: number;
  /** The upload created for it, if any. */
  upload: Upload | null;
  state: "waiting" | "clean" | "rejected";
}

/** A change of the outbox. */
export interface Change {
  conversationId: string;
  /** The message as posted, if it was sent. */
  message: MessageView | null;
  /** Upload progress of a message, from 0 to 1; nothing else has changed in this case. */
  progress?: { clientMessageId: string; share: number };
}

const PREFIX = "my/outbox/";
const FILES = "my/outbox-files/";
const RETRY_SECONDS = 5;
/** Messaging learns of an inspected file from an event, usually within a second. */
const FILE_EVENT_SECONDS = 60;

let retryTimer: ReturnType<typeof setTimeout> | undefined;
/** Aborts the running uploads of this tab, by message. */
const uploads = new Map<string, AbortController>();
const listeners = new Set<(change: Change) => void>();
const tabs = new BroadcastChannel("outbox");
tabs.onmessage = (event: MessageEvent<Change>) => {
  listeners.forEach((listener) => listener(event.data));
};

/** Call `listener` when a message is added, sent, refused or discarded, in any tab. */
export function onOutboxChange(listener: (change: Change) => void, signal: AbortSignal): void {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

/** Return the unsent messages of a conversation, oldest first. */
export async function listPending(conversationId: string): Promise<Pending[]> {
  const all = await readAll<Pending>(PREFIX);
  return all.filter((pending) => pending.conversationId === conversationId);
}

/** Read the content of a file of an unsent message. */
export function readBytes(file: PendingFile): Promise<File | undefined> {
  return read<File>(file.key);
}

/** Add a message, to be sent as soon as possible. Throws if this device has no storage left. */
export async function addMessage(
  conversationId: string,
  content: string,
  files: readonly File[],
  humanAgent = false,
): Promise<void> {
  const clientMessageId = crypto.randomUUID();
  const createdAt = new Date().toISOString();
  const pendingFiles = files.map((file) => ({
    key: `${FILES}${clientMessageId}/${crypto.randomUUID()}`,
    name: file.name,
    contentType: file.type,
    size: file.size,
    upload: null,
    state: "waiting" as const,
  }));
  await Promise.all(pendingFiles.map(({ key }, index) => write(key, files[index])));
  const readyAt = pendingFiles.length > 0 ? null : createdAt;
  const pending: Pending = {
    conversationId,
    clientMessageId,
    content,
    files: pendingFiles,
    humanAgent,
    createdAt,
    readyAt,
    refused: null,
  };
  await write(keyFor(pending), pending);
  notify({ conversationId, message: null });
  void sendPending();
}

/** Retry a refused message, without the rejected files. */
export async function retry(pending: Pending): Promise<void> {
  const rejected = pending.files.filter(({ state }) => state === "rejected");
  await updatePending(pending, (current) =>
    prepare({ ...current, files: current.files.filter(({ state }) => state !== "rejected") }),
  );
  await Promise.all(rejected.map(({ key }) => remove(key)));
  void sendPending();
}

/** Remove a message and cancel its uploads. */
export async function discard(pending: Pending): Promise<void> {
  const { conversationId, clientMessageId } = pending;
  const started = (await read<Pending>(keyFor(pending)))?.files.map(({ upload }) => upload) ?? [];
  await remove(keyFor(pending));
  uploads.get(clientMessageId)?.abort();
  await remove(`${FILES}${clientMessageId}/`);
  notify({ conversationId, message: null });
  await Promise.all(started.map((upload) => upload && cancelUpload(upload)));
}

/** Send all pending messages; locks ensure that only one tab does at a time. */
export async function sendPending(): Promise<void> {
  await Promise.all([
    navigator.locks.request("outbox", sendMessages),
    navigator.locks.request("outbox-files", sendFiles),
  ]);
}

/** Send the messages that are ready, in order. */
async function sendMessages(): Promise<void> {
  if (!navigator.onLine) return; // the "online" event calls this again
  for (const pending of await readAll<Pending>(PREFIX)) {
    const isReady = pending.readyAt !== null && pending.refused === null;
    if (isReady && !(await send(pending))) return;
  }
}

/** Send one message; return whether to continue with the next. */
async function send(pending: Pending): Promise<boolean> {
  const { conversationId, clientMessageId, content, files, humanAgent = false } = pending;
  const attachments = files.map(({ upload }) => upload?.id ?? "");
  try {
    const message = await api("post", "/v1/messages/conversations/{id}/messages", {
      path: { id: conversationId },
      body: { clientMessageId, type: messageType(files), content, attachments, humanAgent },
    });
    await remove(keyFor(pending));
    await remove(`${FILES}${clientMessageId}/`);
    notify({ conversationId, message });
    return true;
  } catch (error) {
    if (isAwaitingFileEvent(error, pending)) {
      sendLater(1);
      return true;
    }
    return handleError(pending, error);
  }
}

/** Upload the files of all pending messages, one message at a time. */
async function sendFiles(): Promise<void> {
  if (!navigator.onLine) return;
  for (const pending of await readAll<Pending>(PREFIX)) {
    if (pending.readyAt !== null || pending.refused !== null) continue;
    const abort = new AbortController();
    uploads.set(pending.clientMessageId, abort);
    try {
      await sendFilesFor(pending, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted && !(await handleError(pending, error))) return;
    } finally {
      uploads.delete(pending.clientMessageId);
    }
  }
}

async function sendFilesFor(pending: Pending, signal: AbortSignal): Promise<void> {
  const total = pending.files.reduce((sum, { size }) => sum + size, 0);
  let sentBefore = 0;
  for (const file of pending.files) {
    const set = (values: Partial<PendingFile>): Promise<void> =>
      updatePending(pending, (current) => ({
        ...current,
        files: current.files.map((item) => (item.key === file.key ? { ...item, ...values } : item)),
      }));
    const progress: Progress = {
      created: (upload) => set({ upload }),
      sent: (bytes) => notifyProgress(pending, Math.min(sentBefore + bytes, total) / total),
    };
    if (file.state !== "clean") {
      const bytes = await readBytes(file);
      if (!bytes) return; // discarded in another tab
      try {
        await uploadFile(bytes, file.upload, progress, signal);
      } catch (error) {
        const state = error instanceof Rejected && error.isFinal ? "rejected" : "waiting";
        if (error instanceof Rejected) await set({ state, upload: null });
        throw error;
      }
      await set({ state: "clean" });
    }
    sentBefore += file.size;
    notifyProgress(pending, sentBefore / total);
  }
  await updatePending(pending, prepare);
  void navigator.locks.request("outbox", sendMessages);
}

/** Store a permanent error, or schedule a retry; return whether to continue with the next. */
async function handleError(pending: Pending, error: unknown): Promise<boolean> {
  const isRefused = error instanceof Problem && error.status < 500 && error.status !== 429;
  // A DOMException means that the browser can no longer read the file.
  if (!isRefused && !(error instanceof Rejected) && !(error instanceof DOMException)) {
    sendLater((error instanceof Problem ? error.retryAfterSeconds : null) ?? RETRY_SECONDS);
    return false; // it stays pending and is retried, or sent once there is a network
  }
  await updatePending(pending, (current) => ({ ...current, refused: describe(error) }));
  return true;
}

/** Return why a message was refused, and since when that is so. */
function describe(error: Error): string {
  const until = error instanceof Problem ? error.details.until : null;
  return until ? `${error.message} (${moment(until)})` : error.message;
}

/** Return whether messaging has merely not consumed the event yet that the files are clean. */
function isAwaitingFileEvent(error: unknown, { readyAt }: Pending): boolean {
  if (!(error instanceof Problem) || error.status !== 422) return false;
  const isAboutFiles = error.details.errors?.some(({ field }) =>
    field.startsWith("body.attachments"),
  );
  return !!isAboutFiles && Date.now() - Date.parse(readyAt ?? "") < FILE_EVENT_SECONDS * 1000;
}

function sendLater(seconds: number): void {
  clearTimeout(retryTimer);
  retryTimer = setTimeout(() => void sendPending(), seconds * 1000);
}

/** Return the message as pending again: ready, unless files must be uploaded first. */
function prepare(pending: Pending): Pending {
  const isReady = pending.files.every(({ state }) => state === "clean");
  return { ...pending, refused: null, readyAt: isReady ? new Date().toISOString() : null };
}

function messageType(files: readonly PendingFile[]): SendMessageRequest["type"] {
  if (files.length === 0) return "text";
  const areAll = (family: string): boolean =>
    files.every(({ contentType }) => contentType.startsWith(family));
  if (areAll("image/")) return "image";
  return areAll("video/") ? "video" : "file";
}

/** Update a stored message, unless it was removed meanwhile. */
async function updatePending(
  pending: Pending,
  change: (current: Pending) => Pending,
): Promise<void> {
  await update(keyFor(pending), change);
  notify({ conversationId: pending.conversationId, message: null });
}

/** Return the database key, which sorts by creation time: messages are sent in this order. */
function keyFor({ createdAt, clientMessageId }: { createdAt: string; clientMessageId: string }) {
  return `${PREFIX}${createdAt} ${clientMessageId}`;
}

function notifyProgress({ conversationId, clientMessageId }: Pending, share: number): void {
  notify({ conversationId, message: null, progress: { clientMessageId, share } });
}

function notify(change: Change): void {
  listeners.forEach((listener) => listener(change));
  tabs.postMessage(change);
}
