/** What clients of an artist agree on. */

import { api } from "../../api/client";
import type { ArtistPageView, PolicyVersion } from "../../api/schema";
import { h } from "../../dom";
import { t } from "../../messages";
import { loadedSection } from "../screen";
import { policyList } from "../terms";

/** Create the section of an artist's policies that hold in general. */
export function policies(page: ArtistPageView, signal: AbortSignal): HTMLElement {
  const { artistId } = page;
  const currency = page.services[0]?.price.currency ?? page.priceFloor?.currency ?? null;
  const list = loadedSection({
    key: `public/policies/${artistId}`,
    signal,
    load: () => loadPolicies({ artistId }, signal),
    render: (items) => [policyList(items, null, currency)],
  });
  return h(
    "section",
    { class: "artist-policies", "aria-label": t("artist.policies") },
    h("h2", {}, t("artist.policies")),
    h("p", { class: "muted" }, t("artist.policiesText")),
    list.element,
  );
}

/** Load all policies in force of an artist, or those for one service. */
export async function loadPolicies(
  query: { artistId: string; serviceId?: string },
  signal: AbortSignal,
): Promise<PolicyVersion[]> {
  const found: PolicyVersion[] = [];
  let cursor: string | null = null;
  do {
    const paging: { limit: number; cursor?: string } = { limit: 50, ...(cursor ? { cursor } : {}) };
    const page = await api("get", "/v1/policies", { query: { ...query, ...paging }, signal });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}
