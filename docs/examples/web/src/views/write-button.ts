import { api } from "../api/client";
import { h, on } from "../dom";
import { icon } from "../icons";
import { toast } from "../layout";
import { t } from "../messages";
import { go } from "../router";
import { describe } from "./parts";

/** Create the button that opens the conversation with an artist or, as an artist, with a client. */
export function writeButton(userId: string, isArtist: boolean): HTMLElement {
  const button = h("button", { class: "secondary" }, icon("chat"), t("common.write"));
  const open = async (): Promise<void> => {
    button.disabled = true;
    try {
      const body = isArtist ? { clientId: userId } : { artistId: userId };
      const { id } = await api("post", "/v1/messages/conversations", { body });
      go(`/messages/${id}`);
    } catch (error) {
      toast(describe(error));
      button.disabled = false;
    }
  };
  return on(button, { click: () => void open() });
}
