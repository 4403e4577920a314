/** Buttons about an artist: write to them, follow them, share their page. */

import { api } from "../../api/client";
import { config } from "../../config";
import { fill, h, on } from "../../dom";
import { icon } from "../../icons";
import { toast } from "../../layout";
import { t } from "../../messages";
import { go } from "../../router";
import { getCurrentUser } from "../../session";
import { describe, signInPath } from "../parts";

/** Create a button that opens the conversation with the artist; artists get none. */
export function messageButton(artistId: string, label?: string): HTMLElement | null {
  if (getCurrentUser()?.role === "artist") return null;
  const button = h("button", { class: "secondary" }, icon("chat"), label ?? t("artist.message"));
  return on(button, { click: () => void openConversation(artistId, button) });
}

async function openConversation(artistId: string, button: HTMLButtonElement): Promise<void> {
  if (!getCurrentUser()) return go(signInPath());
  button.disabled = true;
  try {
    const { id } = await api("post", "/v1/messages/conversations", { body: { artistId } });
    go(`/messages/${id}`);
  } catch (error) {
    toast(describe(error));
    button.disabled = false;
  }
}

/** Create the button that follows the artist, or no more; their own page has none. */
export function followButton(artistId: string, name: string): HTMLElement | null {
  const user = getCurrentUser();
  if (user?.id === artistId) return null;
  const button = h("button", { class: "quiet" });
  const path = { id: artistId };
  let isFollowing = false;
  const show = (following: boolean): void => {
    isFollowing = following;
    button.setAttribute("aria-pressed", String(following));
    fill(button, icon(following ? "check" : "plus"), followLabel(following));
  };
  const change = async (): Promise<void> => {
    if (!user) return go(signInPath());
    button.disabled = true;
    try {
      const method = isFollowing ? "delete" : "put";
      await api(method, "/v1/profiles/users/{id}/follow", { path });
      show(!isFollowing);
      toast(t(isFollowing ? "artist.followed" : "artist.unfollowed", { name }));
    } catch (error) {
      toast(describe(error));
    }
    button.disabled = false;
  };
  show(false);
  if (user) {
    void api("get", "/v1/profiles/users/{id}/follow", { path }).then(
      ({ following }) => show(following),
      () => undefined,
    );
  }
  return on(button, { click: () => void change() });
}

function followLabel(following: boolean): string {
  return following ? t("artist.following") : t("artist.follow");
}

/** Create the button that shares an artist's share page, of which link previews are made. */
export function shareButton(handle: string, name: string): HTMLElement {
  const address = async (): Promise<string> => {
    const { apiUrl } = await config();
    return `${apiUrl}/v1/profiles/artists/${handle}/share`;
  };
  if (!("share" in navigator)) return copyButton(t("artist.copyLink"), address);
  const button = h("button", { class: "quiet" }, icon("share"), t("artist.share"));
  const share = async (): Promise<void> => {
    // The user may close the dialog of the device, which is no failure.
    await navigator.share({ title: name, url: await address() }).catch(() => undefined);
  };
  return on(button, { click: () => void share() });
}

/** Create a button that copies an address. */
export function copyButton(
  label: string,
  address: () => Promise<string>,
  description = label,
): HTMLElement {
  const attributes = { class: "quiet", "aria-label": description };
  const button = h("button", attributes, icon("share"), label);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(await address());
    toast(t("artist.linkCopied"));
  };
  return on(button, { click: () => void copy().catch((error: unknown) => toast(describe(error))) });
}
