/** Pictures that everybody may see: avatars, portfolios and pages of artists. */

import { config } from "./config";
import { h } from "./dom";

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
