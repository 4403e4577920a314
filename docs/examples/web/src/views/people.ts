/** People by their ids: their names and pictures, which are loaded once and kept for offline. */

import { api } from "../api/client";
import type { PersonDetails } from "../api/schema";
import { showCached } from "../cache";
import { type Child, fill, h } from "../dom";
import { onUserChange } from "../session";
import { t } from "../messages";
import { person } from "./parts";

const loading = new Map<string, Promise<PersonDetails>>();
onUserChange(() => loading.clear());

/** Return a person. Throws the errors of `api`; 404 if their account was deleted. */
export function getPerson(id: string): Promise<PersonDetails> {
  const known = loading.get(id);
  if (known) return known;
  const request = api("get", "/v1/profiles/users/{id}", { path: { id } });
  loading.set(id, request);
  request.catch(() => loading.delete(id));
  return request;
}

/**
 * Create the row of a person with their picture; an artist's name leads to their page.
 *
 * The name appears once it is loaded. `id` is null for somebody without an account, whose name is
 * `name`.
 */
export function personRow(id: string | null, name: string, ...more: Child[]): HTMLElement {
  const element = h("div", { class: "person-row" }, person({ id: id ?? name, name }, ...more));
  if (id === null) return element;
  void showCached(
    `my/person/${id}`,
    () => getPerson(id),
    (details) => {
      const row = person({ id, name: details.name, avatar: details.avatar }, ...more);
      const path = details.role === "artist" ? `/artists/${details.handle ?? id}` : null;
      fill(element, path ? h("a", { class: "person-link", href: path }, row) : row);
    },
  ).catch(() => {
    fill(element, person({ id, name: name || t("common.deletedAccount") }, ...more));
  });
  return element;
}
