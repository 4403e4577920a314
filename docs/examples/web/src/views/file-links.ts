/** Private files of a record: pictures are shown, others are links. */

import { fill, h } from "../dom";
import { getFile } from "../files";
import { t } from "../messages";
import { describe } from "./parts";

/** Create the list of files that the user may read; their links are loaded. */
export function fileLinks(ids: readonly string[]): HTMLElement {
  return h("ul", { class: "file-links" }, ...ids.map((id) => h("li", {}, fileLink(id))));
}

function fileLink(id: string): HTMLElement {
  const element = h("span", { class: "file-link", "aria-busy": "true" }, t("common.loading"));
  getFile(id)
    .then((file) => {
      const { name, contentType, download, thumbnails } = file;
      const isPicture = contentType.startsWith("image/");
      const shown = thumbnails.at(-1)?.url ?? download?.url;
      const content =
        isPicture && shown ? h("img", { src: shown, alt: name, loading: "lazy" }) : name;
      const link = h(
        "a",
        { href: download?.url ?? "", target: "_blank", rel: "noopener" },
        content,
      );
      fill(element, download ? link : name);
    })
    .catch((error: unknown) => fill(element, describe(error)))
    .finally(() => element.setAttribute("aria-busy", "false"));
  return element;
}
