/** Attachments of messages: pictures and downloads, sent or still pending. */

import { Problem } from "../api/http";
import type { FileView, MessageView, ThumbnailView } from "../api/schema";
import { fill, h, on } from "../dom";
import { getFile } from "../files";
import { bytes } from "../format";
import { icon } from "../icons";
import { toast } from "../layout";
import { t } from "../messages";
import { type PendingFile, readBytes } from "../outbox";
import { openDialog } from "./dialog";

/** Create the attachments of a message. */
export function attachments({ type, attachments: ids }: MessageView): HTMLElement {
  const places = ids.map((id) => {
    const place = h("div", { class: type === "image" ? "photo" : "file-place" });
    whenVisible(place, () => void showFile(place, id, false));
    return place;
  });
  return h("div", { class: "attachments" }, ...places);
}

/** Create the attachments of a pending message. */
export function pendingFiles(files: readonly PendingFile[]): HTMLElement {
  const places = files.map((file) => {
    if (file.state === "rejected") return fileRow(file.name, file.size, "not accepted");
    if (!file.contentType.startsWith("image/")) return fileRow(file.name, file.size);
    const place = h("div", { class: "photo" });
    void readBytes(file).then((content) => content && fill(place, preview(content)));
    return place;
  });
  return h("div", { class: "attachments" }, ...places);
}

/** Create a preview of a picture on this device; files that are none get a row instead. */
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

/** Create a row with the name and size of a file. */
export function fileRow(name: string, size: number, note?: string): HTMLElement {
  const about = [bytes(size), note].filter(Boolean).join(" · ");
  return h(
    "div",
    { class: "file-row" },
    icon("file"),
    h("span", { class: "file-name" }, name),
    h("small", {}, about),
  );
}

// ---- sent attachments --------------------------------------------------------------------------

/** Call `act` once the element is visible: each file needs a request of its own. */
function whenVisible(place: HTMLElement, act: () => void): void {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    act();
  });
  observer.observe(place);
}

/** Show the file in `place`. Pass `refresh` if the previous link failed. */
async function showFile(place: HTMLElement, id: string, refresh: boolean): Promise<void> {
  try {
    const file = await getFile(id, refresh);
    const isPicture = file.thumbnails.length > 0;
    place.className = isPicture ? "photo" : "file-place";
    // Request an expired link once more; if the picture still fails to load, report that.
    const failed = (): void => {
      if (refresh) fill(place, loadError(place, id, t("chat.pictureLost")));
      else void showFile(place, id, true);
    };
    fill(place, isPicture ? thumbnail(file, failed) : download(file));
  } catch (error) {
    const isGone = error instanceof Problem && error.status === 404;
    fill(
      place,
      isGone ? h("p", {}, t("chat.fileRemoved")) : loadError(place, id, t("common.notOffline")),
    );
  }
}

function loadError(place: HTMLElement, id: string, text: string): HTMLElement {
  const button = on(h("button", { class: "quiet" }, t("common.tryAgain")), {
    click: () => void showFile(place, id, true),
  });
  return h("div", { class: "file-lost" }, h("p", {}, text), button);
}

function thumbnail(file: FileView, failed: () => void): HTMLElement {
  const image = h("img", { src: sized(file, "medium").url, alt: file.name });
  on(image, { error: failed });
  const button = h(
    "button",
    { class: "photo-button", "aria-label": t("chat.enlarge", { name: file.name }) },
    image,
  );
  return on(button, { click: () => void enlarge(file.id) });
}

async function enlarge(id: string): Promise<void> {
  try {
    const file = await getFile(id);
    const { url, width, height } = sized(file, "large");
    const close = h("button", { class: "secondary" }, icon("close"), t("common.close"));
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

/** Create a download link; storage sets the name of the saved file. */
function download(file: FileView): HTMLElement {
  const link = h("a", { href: file.download?.url }, fileRow(file.name, file.size));
  return on(link, {
    click: (event) => {
      if (Date.now() < Date.parse(file.download?.expiresAt ?? "")) return;
      event.preventDefault();
      getFile(file.id).then(
        ({ download }) => location.assign(download?.url ?? ""),
        (error: unknown) => toast(error instanceof Error ? error.message : String(error)),
      );
    },
  });
}

/** Return the thumbnail of a size; the API creates all sizes of each picture. */
function sized(file: FileView, size: ThumbnailView["size"]): ThumbnailView {
  return file.thumbnails.find((thumbnail) => thumbnail.size === size) ?? file.thumbnails[0]!;
}
