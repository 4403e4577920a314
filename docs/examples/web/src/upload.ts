/**
 * File upload: a file is registered with the API, sent directly to storage and inspected there.
 * Each step first checks how far an earlier attempt came, so an interrupted upload resumes.
 */

import { api } from "./api/client";
import { Problem, type Success, Unreachable } from "./api/http";
import type { FilePurpose, FileView, Upload, paths } from "./api/schema";
import { poll } from "./polling";

type UploadForm = Extract<Upload["upload"], { type: "form" }>;
type UploadParts = Extract<Upload["upload"], { type: "parts" }>;
/** What a file is for: it decides which types and sizes are accepted, and who may read it. */
export type Purpose = FilePurpose;
type UploadedParts = Success<paths["/v1/files/{id}/parts"]["get"]>;

const MIB = 1024 * 1024;
/** Accepted content types and their maximum size in bytes (docs/files.md, purpose `message`). */
const MAX_SIZES: Record<string, number> = {
  "image/jpeg": 25 * MIB,
  "image/png": 25 * MIB,
  "image/webp": 25 * MIB,
  "video/mp4": 100 * MIB,
  "video/quicktime": 100 * MIB,
  "application/pdf": 25 * MIB,
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": 25 * MIB,
};
const PARALLEL_PARTS = 3;
/** Timeout of a request of at most 5 MiB; a connection slower than this is unusable. */
const TRANSFER_TIMEOUT_MILLISECONDS = 300_000;

/** Value for the `accept` attribute of an input: it makes phones convert HEIC photos to JPEG. */
export const ACCEPTED = Object.keys(MAX_SIZES).join(",");

/** Explanations of why the inspection rejects a file. */
const REASONS: Record<NonNullable<FileView["reason"]>, string> = {
  active_content: "it contains scripts or links that run when it is opened",
  archive_bomb: "it expands to far more than its size",
  checksum_mismatch: "it was changed during the upload",
  damaged: "it is damaged",
  encrypted: "it is protected by a password",
  hidden_content: "it contains hidden content",
  malware: "it contains malware",
  quota_used_up: "your storage is full",
  size_mismatch: "it was changed during the upload",
  too_complex: "it takes more memory to inspect than there is",
  too_large: "it is too large",
  too_long: "it is too long",
  too_many_pixels: "it has too many pixels",
  uninspectable: "it could not be inspected",
  wrong_type: "it is not what its name says",
};

/** Reasons that may not recur: transfer errors, and failures of the inspection itself. */
const TEMPORARY = new Set<string>(["checksum_mismatch", "size_mismatch", "uninspectable"]);

/** Storage or the inspection rejected the upload; if `isFinal`, the file can never be accepted. */
export class Rejected extends Error {
  readonly isFinal: boolean;

  constructor(message: string, isFinal: boolean) {
    super(message);
    this.isFinal = isFinal;
  }
}

/** Return why this file cannot be attached to a message, or null if it may be. */
export function findObjection(file: File): string | null {
  const maxSize = MAX_SIZES[file.type];
  if (maxSize === undefined)
    return `${file.name}: only pictures, videos, PDF and Word documents are accepted.`;
  if (file.size === 0) return `${file.name} is empty.`;
  return file.size > maxSize ? `${file.name} is larger than ${maxSize / MIB} MB.` : null;
}

/** Callbacks that report the progress of an upload. */
export interface Progress {
  /** Report the number of bytes sent so far. */
  sent(bytes: number): void;
  /** Report the upload that was created; with it the upload can be resumed later. */
  created(upload: Upload): Promise<void>;
}

/**
 * Upload a file, wait for its inspection and return its id.
 *
 * Pass the `upload` of an earlier attempt to resume it. Throws Rejected if the file is rejected,
 * the errors of `api`, and the signal's reason.
 */
export async function uploadFile(
  file: File,
  upload: Upload | null,
  progress: Progress,
  signal: AbortSignal,
  purpose: Purpose = "message",
): Promise<string> {
  let created = await findUpload(upload, signal);
  if (created && created.status !== "pending") return waitForInspection(created.id, file, signal);
  if (!created) {
    created = await createUpload(file, purpose, signal);
    await progress.created(created);
  }
  const { id, upload: target } = created;
  if (target.type === "form") await sendForm(target, file, progress, signal);
  else await sendParts(id, target, file, progress, signal);
  return waitForInspection(id, file, signal);
}

/** Cancel an upload. If the API cannot be reached, the upload expires within a day anyway. */
export async function cancelUpload(upload: Upload): Promise<void> {
  await api("delete", "/v1/files/{id}", { path: { id: upload.id } }).catch(() => undefined);
}

/** Return the current state of an upload, or null if a new one is needed. */
async function findUpload(upload: Upload | null, signal: AbortSignal): Promise<Upload | null> {
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

async function createUpload(file: File, purpose: Purpose, signal: AbortSignal): Promise<Upload> {
  const { name, size, type: contentType } = file;
  const body = { name, size, contentType, sha256: await sha256(file), purpose };
  return api("post", "/v1/files", { body, signal });
}

async function waitForInspection(id: string, file: File, signal: AbortSignal): Promise<string> {
  const result = await poll(
    async () => {
      const view = await api("get", "/v1/files/{id}", { path: { id }, signal });
      return view.status === "clean" || view.status === "rejected" ? view : null;
    },
    { signal },
  );
  if (result.status === "clean") return id;
  const reason = result.reason ?? "uninspectable";
  throw new Rejected(`${file.name}: ${REASONS[reason]}.`, !TEMPORARY.has(reason));
}

// ---- storage -----------------------------------------------------------------------------------

async function sendForm(
  { url, fields }: UploadForm,
  file: File,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file); // must be the last field: storage ignores those after it
  await transfer("POST", url, {}, form, (bytes) => progress.sent(bytes), signal);
}

/** Send the missing parts, several in parallel. */
async function sendParts(
  id: string,
  { parts }: UploadParts,
  file: File,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const uploaded = await getUploadedParts(id, signal);
  if (!uploaded) return;
  const { missing, parts: arrived } = uploaded;
  const sent = new Map(arrived.map((part) => [part.number, part.size]));
  const report = (number: number, bytes: number): void => {
    sent.set(number, bytes);
    progress.sent([...sent.values()].reduce((sum, size) => sum + size, 0));
  };
  const partSize = parts[0]?.size ?? 0; // the last part may be smaller
  const failed = new AbortController();
  const eitherSignal = AbortSignal.any([signal, failed.signal]);
  const sendNext = async (): Promise<void> => {
    for (let number = missing.shift(); number !== undefined; number = missing.shift()) {
      const bytes = file.slice((number - 1) * partSize, number * partSize);
      await sendPart(id, number, bytes, (loaded) => report(number!, loaded), eitherSignal);
    }
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL_PARTS }, sendNext));
  } finally {
    failed.abort(); // stop the other parts if one failed; has no effect if all are done
  }
  await api("post", "/v1/files/{id}/complete", { path: { id }, signal });
}

/** Return which parts arrived, or null if the upload was completed before. */
async function getUploadedParts(id: string, signal: AbortSignal): Promise<UploadedParts | null> {
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
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const body = { parts: [{ number, sha256: await sha256(bytes) }] };
  const { parts } = await api("post", "/v1/files/{id}/parts", { path: { id }, body, signal });
  for (const { url, headers } of parts)
    await transfer("PUT", url, headers, bytes, onProgress, signal);
}

/** Send one request to storage. Uses XMLHttpRequest, because fetch reports no upload progress. */
function transfer(
  method: "POST" | "PUT",
  url: string,
  headers: Record<string, string>,
  body: Blob | FormData,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const fail = (): void => reject(new Unreachable("The upload was interrupted."));
    request.open(method, url);
    request.timeout = TRANSFER_TIMEOUT_MILLISECONDS;
    for (const [name, value] of Object.entries(headers)) {
      if (name !== "content-length") request.setRequestHeader(name, value); // set by the browser
    }
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status < 300) resolve();
      else if (request.status >= 500) fail();
      else reject(new Rejected(`Storage rejected the file (${request.status}).`, false));
    };
    request.onerror = fail;
    request.ontimeout = fail;
    request.onabort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/** Return the SHA-256 in hexadecimal. Browsers cannot digest streams, so it reads all bytes. */
async function sha256(bytes: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
