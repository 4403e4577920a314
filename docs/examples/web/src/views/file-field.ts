/** A field of a form for files, which are uploaded and inspected while the form is filled in. */

import type { Upload } from "../api/schema";
import { fill, h, on } from "../dom";
import { bytes } from "../format";
import { t } from "../messages";
import { type Purpose, uploadFile } from "../upload";
import { describe } from "./parts";

interface Settings {
  label: string;
  purpose: Purpose;
  /** Media types, as of the `accept` attribute. */
  accept: string;
  /** Greatest number of files. */
  limit: number;
  hint?: string;
}

export interface FileField {
  element: HTMLElement;
  /** Return the ids of the files once all are clean. Throws the error of the first that is not. */
  uploaded: () => Promise<string[]>;
}

let fields = 0;

/** Create a field for files. */
export function fileField({ label, purpose, accept, limit, hint }: Settings): FileField {
  const id = `files-${++fields}`;
  const uploads = new Map<File, Promise<string>>();
  const list = h("ul", { class: "chosen-files" });
  const note = h("small", { class: "failure", role: "alert" });
  const input = h("input", { id, type: "file", accept, multiple: limit > 1, class: "unseen" });
  const button = h("label", { for: id, class: "button secondary" }, t("common.chooseFiles"));
  const add = (file: File): void => {
    const cancelled = new AbortController();
    const state = h("span", { class: "muted", role: "status" }, bytes(file.size));
    const remove = h(
      "button",
      { type: "button", class: "quiet", "aria-label": t("common.removeFile", { name: file.name }) },
      t("common.remove"),
    );
    const row = h("li", {}, h("span", {}, file.name), state, remove);
    const progress = {
      sent: (sent: number) =>
        fill(state, t("common.uploading", { percent: Math.round((100 * sent) / file.size) })),
      created: (_: Upload) => Promise.resolve(),
    };
    const upload = uploadFile(file, null, progress, cancelled.signal, purpose);
    upload.then(
      () => fill(state, t("common.uploaded")),
      (error: unknown) => fill(state, describe(error)),
    );
    on(remove, {
      click: () => {
        cancelled.abort();
        uploads.delete(file);
        row.remove();
      },
    });
    uploads.set(file, upload);
    list.append(row);
  };
  on(input, {
    change: () => {
      fill(note);
      for (const file of input.files ?? []) {
        if (uploads.size < limit) add(file);
        else fill(note, t("common.tooManyFiles", { count: limit }));
      }
      input.value = "";
    },
  });
  const element = h(
    "div",
    { class: "field", role: "group", "aria-labelledby": `${id}-label` },
    h("span", { id: `${id}-label`, class: "label" }, label),
    hint ? h("small", {}, hint) : null,
    list,
    h("div", { class: "actions" }, input, button),
    note,
  );
  return { element, uploaded: () => Promise.all(uploads.values()) };
}
