import { api } from "../../api/client";
import { Problem } from "../../api/http";
import type { ExportView } from "../../api/schema";
import { read, write } from "../../database";
import { fill, h, on } from "../../dom";
import { form } from "../../forms";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { endSession } from "../../session";
import "../../styles/account.css";
import { backLink, describe, requireSession } from "../parts";
import { withStepUp } from "./step-up";

const LAST_EXPORT = "my/export";

/** The page of the user's data: an archive of all of it, and its deletion. */
export const data = requireSession(({ path }: Visit): Page => {
  const content = h(
    "section",
    { class: "narrow account" },
    backLink("/account", t("account.title")),
    h("h1", {}, t("account.data")),
    h(
      "section",
      { class: "part" },
      h("h2", {}, t("account.export")),
      h("p", {}, t("account.exportText")),
      exportPart(path["id"]),
    ),
    h(
      "section",
      { class: "part danger" },
      h("h2", {}, t("account.delete")),
      h("p", {}, t("account.deleteText")),
      deletion(),
    ),
  );
  return { title: t("account.data"), content };
});

/** Create the part about the archive: the one that a mail linked to, or the last of this device. */
function exportPart(linked: string | undefined): HTMLElement {
  const state = h("div", { class: "stack", role: "status" });
  const ask = h("button", { class: "secondary" }, t("account.askForExport"));
  const begin = async (): Promise<void> => {
    try {
      const made = await withStepUp(() =>
        api("post", "/v1/auth/exports", { idempotencyKey: crypto.randomUUID() }),
      );
      if (!made) return;
      await write(LAST_EXPORT, made.id);
      await show();
    } catch (error) {
      toast(describe(error));
    }
  };
  const show = async (): Promise<void> => {
    const id = linked ?? (await read<string>(LAST_EXPORT));
    if (id) fill(state, await exportState(id));
  };
  on(ask, { click: () => void begin() });
  void show();
  return h("div", { class: "stack" }, state, ask);
}

async function exportState(id: string): Promise<HTMLElement> {
  const load = () => api("get", "/v1/files/exports/{id}", { path: { id } });
  const look = h("button", { class: "secondary" }, t("account.download"));
  const open = async (): Promise<void> => {
    try {
      const loaded = await withStepUp(load);
      if (loaded?.download) location.assign(loaded.download.url);
      else if (loaded) toast(t("account.exportBuilding"));
    } catch (error) {
      toast(describe(error));
    }
  };
  on(look, { click: () => void open() });
  const state = await load().catch((error: unknown) => statusOf(error));
  if (state === null) return h("p", { class: "muted" }, t("account.exportGone"));
  if (state.status === "building") return h("p", {}, t("account.exportBuilding"), " ", look);
  return h("p", {}, t("account.exportReady"), " ", look);
}

/** Return what an error says of an export: it is gone, or one has to prove first who one is. */
function statusOf(error: unknown): Pick<ExportView, "status"> | null {
  if (error instanceof Problem && error.status === 404) return null;
  return { status: "ready" };
}

function deletion(): HTMLElement {
  const fields = [
    {
      name: "password",
      label: t("account.password"),
      type: "password",
      autocomplete: "current-password",
      hint: t("account.passwordIfAny"),
      required: false,
    },
    { name: "sure", label: t("account.deleteSure"), type: "checkbox", required: true },
  ] as const;
  const erase = async ({ password }: Record<string, string>): Promise<void> => {
    const body = { password: password || null };
    const isDone = await withStepUp(async () => {
      await api("delete", "/v1/auth/me", { body });
      return true;
    });
    if (!isDone) return;
    await endSession();
    toast(t("account.deleted"));
  };
  return h(
    "details",
    {},
    h("summary", {}, t("account.delete")),
    form(fields, t("account.deleteForGood"), erase),
  );
}
