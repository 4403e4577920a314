/** Pictures that everybody may see: avatars, portfolios and pages of artists. */

import { config } from "./config";
import { h } from "./dom";
import { getFile } from "./files";
import { getCurrentUser } from "./session";

/**
 * Create the picture of a public image of the files feature.
 *
 * `alt` says what it shows; it is empty where the text beside it says so already.
 */
export function publicPicture(fileId: string, alt: string): HTMLImageElement {
  const image = h("img", { class: "picture", alt, loading: "lazy", decoding: "async" });
  void config().then(({ apiUrl }) => {
    image.src = `${apiUrl}/v1/files/public/${encodeURIComponent(fileId)}/picture`;
  });
  return image;
}

/**
 * Create the picture of a person, or `drawn` where there is none to be seen.
 *
 * Avatars are for people who are signed in, so that no address of theirs is public.
 */
export function avatarPicture(fileId: string | null | undefined, drawn: Element): Element {
  if (!fileId || !getCurrentUser()) return drawn;
  const image = h("img", { class: "picture", alt: "", decoding: "async" });
  getFile(fileId).then(
    (file) => {
      image.src =
        file.thumbnails.find(({ size }) => size === "small")?.url ?? file.download?.url ?? "";
      image.className = drawn.getAttribute("class") ?? "";
      drawn.replaceWith(image);
    },
    () => undefined, // the drawn one stays
  );
  return drawn;
}
