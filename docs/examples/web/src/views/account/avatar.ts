/** The picture of a person: choose another one, or remove it. */

import { api } from "../../api/client";
import { fill, h, on } from "../../dom";
import { toast } from "../../layout";
import { t } from "../../messages";
import { uploadFile } from "../../upload";
import { describe } from "../parts";

/** Create the buttons that change the user's picture; `changed` is called when it did. */
export function avatarForm(avatar: string | null, changed: () => void): HTMLElement {
  const state = h("p", { class: "muted", role: "status" });
  const input = h("input", {
    id: "avatar",
    type: "file",
    accept: "image/jpeg,image/png,image/webp",
    class: "unseen",
  });
  const label = h(
    "label",
    { for: "avatar", class: "button secondary" },
    t("account.choosePicture"),
  );
  const remove = h("button", { class: "quiet", type: "button" }, t("account.removePicture"));
  const save = async (value: string | null): Promise<void> => {
    await api("patch", "/v1/profiles/me", { body: { avatar: value } });
    changed();
  };
  const upload = async (): Promise<void> => {
    const file = input.files?.[0];
    if (!file) return;
    fill(state, t("account.uploading"));
    try {
      await save(await uploadPicture(file));
      fill(state);
    } catch (error) {
      fill(state, describe(error));
    }
  };
  on(input, { change: () => void upload() });
  on(remove, { click: () => void save(null).catch((error: unknown) => toast(describe(error))) });
  return h("div", { class: "actions" }, input, label, avatar ? remove : null, state);
}

function uploadPicture(file: File): Promise<string> {
  const progress = { sent: () => undefined, created: () => Promise.resolve() };
  return uploadFile(file, null, progress, new AbortController().signal, "avatar");
}
