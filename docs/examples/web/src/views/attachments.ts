/** What messages carry: pictures to look at, other files to load; also those that are not sent yet. */

import { Problem } from "../api/http";
import type { FileView, MessageView, ThumbnailView } from "../api/schema";
import { fill, h, on } from "../dom";
import { fileOf } from "../files";
import { bytes } from "../format";
import { toast } from "../frame";
import { icon } from "../icons";
import { type PendingFile, bytesOf } from "../outbox";
import { openDialog } from "./dialog";

/** The files of a message. */
export function attachments({ type, attachments: ids }: MessageView): HTMLElement {
  const places = ids.map((id) => {
    const place = h("div", { class: type === "image" ? "photo" : "file-place" });
    whenSeen(place, () => void showIn(place, id, false));
    return place;
  });
  return h("div", { class: "attachments" }, ...places);
}

/** The files of a message that waits. */
export function pendingFiles(files: readonly PendingFile[]): HTMLElement {
  const places = files.map((file) => {
    if (file.state === "rejected") return fileRow(file.name, file.size, "not taken");
    if (!file.contentType.startsWith("image/")) return fileRow(file.name, file.size);
    const place = h("div", { class: "photo" });
    void bytesOf(file).then((found) => found && fill(place, preview(found)));
    return place;
  });
  return h("div", { class: "attachments" }, ...places);
}

/** A picture that is on this device, if it is one. */
export function preview(file: File): HTMLImageElement {
  const url = URL.createObjectURL(file);
  const image = h("img", { src: url, alt: file.name });
  return on(image, {
    load: () => URL.revokeObjectURL(url),
    error: () => {
      URL.revokeObjectURL(url);
      image.replaceWith(fileRow(file.name, file.size));
    },
  });
}

/** A file with its name and size. */
export function fileRow(name: string, size: number, remark?: string): HTMLElement {
  const about = [bytes(size), remark].filter(Boolean).join(" · ");
  return h(
    "div",
    { class: "file-row" },
    icon("file"),
    h("span", { class: "file-name" }, name),
    h("small", {}, about),
  );
}

// ---- what was sent -----------------------------------------------------------------------------

/** Links are asked for one file at a time: so only for what somebody looks at. */
function whenSeen(place: HTMLElement, act: () => void): void {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    act();
  });
  observer.observe(place);
}

/** `anew`: the link of before did not work. */
async function showIn(place: HTMLElement, id: string, anew: boolean): Promise<void> {
  try {
    const file = await fileOf(id, anew);
    const isPicture = file.thumbnails.length > 0;
    place.className = isPicture ? "photo" : "file-place";
    // A link that just expired is asked for again; a picture that cannot be loaded then is not there.
    const failed = (): void => {
      if (anew) fill(place, again(place, id, "The picture cannot be loaded."));
      else void showIn(place, id, true);
    };
    fill(place, isPicture ? thumbnail(file, failed) : download(file));
  } catch (error) {
    const isGone = error instanceof Problem && error.status === 404;
    fill(place, isGone ? h("p", {}, "It was removed.") : again(place, id, "Not while offline."));
  }
}

function again(place: HTMLElement, id: string, text: string): HTMLElement {
  const button = on(h("button", { class: "quiet" }, "Try again"), {
    click: () => void showIn(place, id, true),
  });
  return h("div", { class: "file-lost" }, h("p", {}, text), button);
}

function thumbnail(file: FileView, failed: () => void): HTMLElement {
  const image = h("img", { src: sized(file, "medium").url, alt: file.name });
  on(image, { error: failed });
  const button = h(
    "button",
    { class: "photo-button", "aria-label": `Enlarge ${file.name}` },
    image,
  );
  return on(button, { click: () => void enlarge(file.id) });
}

async function enlarge(id: string): Promise<void> {
  try {
    const file = await fileOf(id);
    const { url, width, height } = sized(file, "large");
    const close = h("button", { class: "secondary" }, icon("close"), "Close");
    const dialog = openDialog(
      file.name,
      h("img", { src: url, alt: file.name, width, height }),
      h("div", { class: "actions" }, download(file), close),
    );
    dialog.classList.add("enlarged");
    on(close, { click: () => dialog.close() });
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
  }
}

/** Storage says by which name the file is saved. */
function download(file: FileView): HTMLElement {
  const link = h("a", { href: file.download?.url }, fileRow(file.name, file.size));
  return on(link, {
    click: (event) => {
      if (Date.now() < Date.parse(file.download?.expiresAt ?? "")) return;
      event.preventDefault();
      fileOf(file.id).then(
        ({ download }) => location.assign(download?.url ?? ""),
        (error: unknown) => toast(error instanceof Error ? error.message : String(error)),
      );
    },
  });
}

/** The API makes all sizes of each picture. */
function sized(file: FileView, size: ThumbnailView["size"]): ThumbnailView {
  return file.thumbnails.find((one) => one.size === size) ?? file.thumbnails[0]!;
}
