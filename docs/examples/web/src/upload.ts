/**
 * A file on its way: announced to the API, sent straight to storage, and inspected there. Each step
 * asks first how far it came before, so whatever broke off goes on from there.
 */

import { api } from "./api/client";
import { Problem, Unreachable } from "./api/http";
import type { FileView, Upload, UploadedParts, UploadForm, UploadParts } from "./api/schema";
import { waited } from "./waiting";

const MIB = 1024 * 1024;
/** What a message takes, and how many bytes of it (docs/files.md, purpose `message`). */
const LARGEST: Record<string, number> = {
  "image/jpeg": 25 * MIB,
  "image/png": 25 * MIB,
  "image/webp": 25 * MIB,
  "video/mp4": 100 * MIB,
  "video/quicktime": 100 * MIB,
  "application/pdf": 25 * MIB,
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": 25 * MIB,
};
const AT_ONCE = 3;
/** A request carries 5 MiB at most: who cannot send them in this time has no network to speak of. */
const TRANSFER_MILLISECONDS = 300_000;

/** For the `accept` of an input: phones make a JPEG of what they keep as HEIC then. */
export const ACCEPTED = Object.keys(LARGEST).join(",");

/** Why the inspection refuses a file, as people say it. */
const REASONS: Record<NonNullable<FileView["reason"]>, string> = {
  active_content: "it has scripts or links that do something when it is opened",
  archive_bomb: "it unpacks to far more than its size",
  checksum_mismatch: "it changed on the way",
  damaged: "it is damaged",
  encrypted: "it is protected by a password",
  hidden_content: "something else is hidden in it",
  malware: "it contains malware",
  size_mismatch: "it changed on the way",
  too_many_pixels: "it has too many pixels",
  uninspectable: "it could not be inspected",
  wrong_type: "it is not what its name says",
};

/** What may be different another time: the way here, and a fault of the inspection. */
const PASSING = new Set<string>(["checksum_mismatch", "size_mismatch", "uninspectable"]);

/** Storage or the inspection refuses this upload; where that is `final`, the file as well. */
export class Rejected extends Error {
  readonly isFinal: boolean;

  constructor(message: string, isFinal: boolean) {
    super(message);
    this.isFinal = isFinal;
  }
}

/** Why a message does not take this file; null where nothing is known against it yet. */
export function objection(file: File): string | null {
  const largest = LARGEST[file.type];
  if (largest === undefined) return `${file.name}: only pictures, videos, PDF and Word are taken.`;
  if (file.size === 0) return `${file.name} is empty.`;
  return file.size > largest ? `${file.name} has more than ${largest / MIB} MB.` : null;
}

export interface Progress {
  /** So many bytes are there now. */
  sent(bytes: number): void;
  /** The file has an id from now on: with it the upload goes on another time. */
  announced(upload: Upload): Promise<void>;
}

/**
 * Brings a file to where a message can name it; its id. `upload`: what an earlier try came to.
 *
 * Throws Rejected where the file is not taken, a Problem or Unreachable as `api` does, and the
 * signal's reason.
 */
export async function bringUp(
  file: File,
  upload: Upload | null,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  let announced = await stillThere(upload, signal);
  if (announced?.status !== "pending" && announced) return inspected(announced.id, file, signal);
  if (!announced) {
    announced = await announce(file, signal);
    await progress.announced(announced);
  }
  const { id, upload: way } = announced;
  if (way.type === "form") await sendForm(way, file, progress, signal);
  else await sendParts(id, way, file, progress, signal);
  return inspected(id, file, signal);
}

/** Gives an upload up, if it can be said to the API now; else it ends by itself within a day. */
export async function giveUp(upload: Upload): Promise<void> {
  await api("delete", "/v1/files/{id}", { path: { id: upload.id } }).catch(() => undefined);
}

/** The upload as it is now; null where it has to begin anew. */
async function stillThere(upload: Upload | null, signal: AbortSignal): Promise<Upload | null> {
  if (!upload) return null;
  try {
    const { status } = await api("get", "/v1/files/{id}", { path: { id: upload.id }, signal });
    const isOver = status === "pending" && Date.now() >= Date.parse(upload.expiresAt);
    return isOver ? null : { ...upload, status };
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

async function announce(file: File, signal: AbortSignal): Promise<Upload> {
  const { name, size, type: contentType } = file;
  const body = { name, size, contentType, sha256: await sha256(file), purpose: "message" } as const;
  return api("post", "/v1/files", { body, signal });
}

async function inspected(id: string, file: File, signal: AbortSignal): Promise<string> {
  const decided = await waited(
    async () => {
      const view = await api("get", "/v1/files/{id}", { path: { id }, signal });
      return view.status === "clean" || view.status === "rejected" ? view : null;
    },
    { signal },
  );
  if (decided.status === "clean") return id;
  const reason = decided.reason ?? "uninspectable";
  throw new Rejected(`${file.name}: ${REASONS[reason]}.`, !PASSING.has(reason));
}

// ---- to storage --------------------------------------------------------------------------------

async function sendForm(
  { url, fields }: UploadForm,
  file: File,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file); // storage reads nothing behind it
  await transfer("POST", url, {}, form, (bytes) => progress.sent(bytes), signal);
}

/** Sends the parts that did not arrive yet, several at once. */
async function sendParts(
  id: string,
  { parts }: UploadParts,
  file: File,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const asked = await uploadedParts(id, signal);
  if (!asked) return;
  const { missing, parts: arrived } = asked;
  const sent = new Map(arrived.map((part) => [part.number, part.size]));
  const note = (number: number, bytes: number): void => {
    sent.set(number, bytes);
    progress.sent([...sent.values()].reduce((sum, size) => sum + size, 0));
  };
  const partSize = parts[0]?.size ?? 0; // of all but the last
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const sendNext = async (): Promise<void> => {
    for (let number = missing.shift(); number !== undefined; number = missing.shift()) {
      const bytes = file.slice((number - 1) * partSize, number * partSize);
      await sendPart(id, number, bytes, (loaded) => note(number!, loaded), either);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, sendNext));
  } finally {
    failed.abort(); // the others stop where one fails; where none does, nothing is left to stop
  }
  await api("post", "/v1/files/{id}/complete", { path: { id }, signal });
}

/** What arrived of the upload; null where it was completed before. */
async function uploadedParts(id: string, signal: AbortSignal): Promise<UploadedParts | null> {
  try {
    return await api("get", "/v1/files/{id}/parts", { path: { id }, signal });
  } catch (error) {
    if (error instanceof Problem && error.code === "upload_over") return null;
    throw error;
  }
}

async function sendPart(
  id: string,
  number: number,
  bytes: Blob,
  loaded: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const body = { parts: [{ number, sha256: await sha256(bytes) }] };
  const { parts } = await api("post", "/v1/files/{id}/parts", { path: { id }, body, signal });
  for (const { url, headers } of parts) await transfer("PUT", url, headers, bytes, loaded, signal);
}

/** By XMLHttpRequest: fetch does not tell how far an upload is. */
function transfer(
  method: "POST" | "PUT",
  url: string,
  headers: Record<string, string>,
  body: Blob | FormData,
  loaded: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const lost = (): void => reject(new Unreachable("The upload broke off."));
    request.open(method, url);
    request.timeout = TRANSFER_MILLISECONDS;
    for (const [name, value] of Object.entries(headers)) {
      if (name !== "content-length") request.setRequestHeader(name, value); // the browser's to set
    }
    request.upload.onprogress = (event) => loaded(event.loaded);
    request.onload = () => {
      if (request.status < 300) resolve();
      else if (request.status >= 500) lost();
      else reject(new Rejected(`Storage did not take it (${request.status}).`, false));
    };
    request.onerror = lost;
    request.ontimeout = lost;
    request.onabort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/** In hexadecimal. Browsers digest nothing in pieces: the bytes are in memory for a moment. */
async function sha256(bytes: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
