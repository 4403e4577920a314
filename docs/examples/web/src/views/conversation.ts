import type { ConversationView } from "../api/schema";
import { LocalConversation } from "../conversation";
import { fill, fillKeyed, h, on } from "../dom";
import { toast } from "../layout";
import { live } from "../live";
import type { ServerFrame } from "../live-frames";
import { t } from "../messages";
import { type Change, type Pending, addMessage, listPending, onOutboxChange } from "../outbox";
import { drawInitials } from "../placeholder-art";
import { type Page, type Visit, go } from "../router";
import { getCurrentUser } from "../session";
import { composer } from "./composer";
import { conversationList } from "./conversations";
import { describeWindow, findGuest, joinButton, platformBadge } from "./guests";
import { type Line, buildLines, createLine, showProgress } from "./lines";
import { loading, requireSession } from "./parts";
import { quickActions } from "./quick-actions";
import { failed } from "./screen";

const TYPING_SHOWN_MILLISECONDS = 5000;
const TYPING_SENT_MILLISECONDS = 3000;
const POLL_MILLISECONDS = 5000;
const NEAR_BOTTOM_PIXELS = 120;

/** The conversation page: messages, pending messages and the composer. */
export const conversation = requireSession((visit: Visit): Page => {
  const { id = "" } = visit.path;
  const view = new ConversationPage(id, visit.signal);
  const list = h(
    "aside",
    { class: "beside", "aria-label": t("chat.all") },
    conversationList(visit.signal, id),
  );
  return { title: t("chat.title"), content: h("div", { class: "messages" }, list, view.element) };
});

class ConversationPage {
  readonly element: HTMLElement;
  readonly #id: string;
  readonly #signal: AbortSignal;
  readonly #local: LocalConversation;
  readonly #scroller: HTMLElement;
  readonly #head = h("header", { class: "conversation-head" });
  readonly #log = h("div", {
    class: "log",
    role: "log",
    "aria-label": t("chat.title"),
    tabindex: 0,
  });
  readonly #state = h("p", { class: "conversation-state", role: "status" });
  readonly #older = h("button", { class: "quiet older", hidden: true }, t("chat.earlier"));
  #pending: Pending[] = [];
  #isOnline = false;
  #isTyping = false;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;
  #typingSentAt = 0;

  constructor(id: string, signal: AbortSignal) {
    this.#id = id;
    this.#signal = signal;
    this.#local = new LocalConversation(id, () => this.#show());
    this.#scroller = h("div", { class: "scroller" }, this.#older, this.#log);
    this.element = h(
      "section",
      { class: "conversation" },
      this.#head,
      this.#scroller,
      this.#state,
      quickActions(id, () => this.#catchUp()),
      composer({
        send: (content, files) => addMessage(id, content, files, this.#isHumanAgent),
        typing: () => this.#sendTyping(),
      }),
    );
    this.#followEnd();
    on(this.#older, { click: () => void this.#loadOlder() });
    fill(this.#log, loading());
    this.#listen();
    void this.#open();
  }

  async #open(): Promise<void> {
    this.#pending = await listPending(this.#id);
    try {
      await this.#local.open();
    } catch (error) {
      if (!this.#local.conversation) fill(this.#log, ...failed(error, () => this.#open()));
    }
  }

  /** Keep the last line visible when the conversation or the elements below it grow. */
  #followEnd(): void {
    const scroller = this.#scroller;
    let [isAtEnd, lastHidden] = [true, 0];
    const hidden = (): number => scroller.scrollHeight - scroller.clientHeight;
    on(scroller, {
      scroll: () => {
        if (hidden() !== lastHidden) return; // the content has just grown: the observer handles it
        isAtEnd = hidden() - scroller.scrollTop < NEAR_BOTTOM_PIXELS;
      },
    });
    const observer = new ResizeObserver(() => {
      if (isAtEnd) scroller.scrollTop = scroller.scrollHeight;
      lastHidden = hidden();
    });
    observer.observe(scroller);
    observer.observe(this.#log);
    this.#signal.addEventListener("abort", () => observer.disconnect());
  }

  #listen(): void {
    live.setConversation(this.#id);
    this.#signal.addEventListener("abort", () => live.setConversation(null));
    live.onFrame((frame) => this.#handleFrame(frame), this.#signal);
    live.onState(() => this.#showState(), this.#signal);
    onOutboxChange(({ conversationId, message, progress }) => {
      if (conversationId !== this.#id) return;
      if (progress) return this.#showProgress(progress);
      if (message) this.#local.addMessage(message);
      void listPending(this.#id).then((pending) => {
        this.#pending = pending;
        this.#show();
      });
    }, this.#signal);
    addEventListener("online", () => this.#catchUp(), { signal: this.#signal });
    document.addEventListener("visibilitychange", () => this.#markRead(), { signal: this.#signal });
    // Poll while there is no WebSocket connection.
    const poll = setInterval(() => {
      if (live.state !== "on" && navigator.onLine && !document.hidden) this.#catchUp();
    }, POLL_MILLISECONDS);
    this.#signal.addEventListener("abort", () => clearInterval(poll));
  }

  #catchUp(): void {
    this.#local.catchUp().catch(() => undefined); // the next frame or poll tries again
  }

  #handleFrame(frame: ServerFrame): void {
    this.#local.handleFrame(frame);
    if (frame.event === "subscribed") this.#isOnline = frame.presence;
    if (frame.event === "presence") this.#isOnline = frame.online; // only ever the other member's
    const isThis = "conversationId" in frame && frame.conversationId === this.#id;
    const actor = isThis ? getActor(frame) : null;
    if (actor && actor !== getCurrentUser()?.id) {
      // Activity proves presence, even if the presence frame arrives later.
      this.#isOnline = true;
      if (frame.event === "typing") this.#setTyping(true);
      if (frame.event === "message.created") this.#setTyping(false);
    }
    this.#showState();
  }

  #setTyping(isTyping: boolean): void {
    clearTimeout(this.#typingEnds);
    this.#isTyping = isTyping;
    if (!isTyping) return;
    this.#typingEnds = setTimeout(() => {
      this.#isTyping = false;
      this.#showState();
    }, TYPING_SHOWN_MILLISECONDS);
  }

  // ---- showing -----------------------------------------------------------------------------

  #show(): void {
    const { conversation, messages } = this.#local;
    if (this.#signal.aborted || (!conversation && this.#pending.length === 0)) return;
    if (conversation) this.#showHead(conversation);
    const shown = buildLines(
      messages,
      this.#pending,
      conversation?.otherReadSequence ?? 0,
      getCurrentUser()?.id ?? "",
    );
    fillKeyed(
      this.#log,
      shown,
      (line) => line.key,
      (line) => line.version,
      (line: Line) => createLine(line),
    );
    this.#older.hidden = !this.#local.hasOlder;
    this.#showState();
    this.#markRead();
  }

  #showHead(conversation: ConversationView): void {
    if (conversation.id !== this.#id) {
      // The guest joined, and their messages moved to the conversation of the client.
      return go(`/messages/${conversation.id}`, { replace: true });
    }
    const { other } = conversation;
    const guest = findGuest(conversation);
    const name = other.name ?? (guest ? t("chat.guest") : t("common.deletedAccount"));
    const shown = `${name} ${guest?.id ?? ""}`;
    if (this.#head.dataset["shown"] === shown) return;
    this.#head.dataset["shown"] = shown;
    this.element.classList.toggle("with-guest", guest !== null);
    const page = other.role === "artist" ? `/artists/${other.handle ?? other.userId}` : null;
    fill(
      this.#head,
      h("a", { class: "back", href: "/messages", "aria-label": t("chat.all") }),
      drawInitials(name, other.userId),
      h("h1", {}, page ? h("a", { href: page }, name) : name),
      guest && platformBadge(guest),
      h("span", { class: "presence" }),
      guest && joinButton(this.#id),
    );
    document.title = `${name} · ${t("common.appName")}`;
  }

  #showState(): void {
    const name = this.#local.conversation?.other.name ?? "";
    const presence = this.#head.querySelector(".presence");
    const isConnected = live.state === "on";
    if (presence) fill(presence, isConnected && this.#isOnline ? t("chat.online") : "");
    const guest = this.#local.conversation && findGuest(this.#local.conversation);
    const writing = isConnected && this.#isTyping ? t("chat.writing", { name }) : "";
    fill(this.#state, guest ? describeWindow(guest) : writing);
  }

  #showProgress({ clientMessageId, share }: NonNullable<Change["progress"]>): void {
    const line = [...this.#log.children].find(
      (child) => child instanceof HTMLElement && child.dataset["key"] === clientMessageId,
    );
    if (line) showProgress(line, share);
  }

  #markRead(): void {
    if (document.hidden) return;
    this.#local.markRead().catch(() => undefined); // sent again with the next message
  }

  async #loadOlder(): Promise<void> {
    const scroller = this.#scroller;
    const fromBottom = scroller.scrollHeight - scroller.scrollTop;
    try {
      await this.#local.loadOlder();
    } catch (error) {
      return toast(error instanceof Error ? error.message : String(error));
    }
    scroller.scrollTop = scroller.scrollHeight - fromBottom; // keep the visible messages in place
  }

  /** Whether what is typed is a personal answer to a guest, after the platform's reply window. */
  get #isHumanAgent(): boolean {
    return this.#local.conversation?.guest?.replyState === "human_agent";
  }

  // ---- writing -----------------------------------------------------------------------------

  #sendTyping(): void {
    if (Date.now() - this.#typingSentAt < TYPING_SENT_MILLISECONDS) return;
    const isSent = live.send({ action: "typing", conversationId: this.#id });
    if (isSent) this.#typingSentAt = Date.now();
  }
}

/** Return the user who caused a frame, or null for cards and frames without a user. */
function getActor(frame: ServerFrame): string | null {
  if ("message" in frame) return frame.message.senderId;
  return "userId" in frame ? frame.userId : null;
}
