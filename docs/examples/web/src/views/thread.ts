import type { ConversationView } from "../api/schema";
import { initials } from "../art";
import { fill, h, keyed, on } from "../dom";
import type { ServerFrame } from "../frames";
import { toast } from "../frame";
import { live } from "../live";
import { type Change, type Pending, onOutbox, pendingIn, post } from "../outbox";
import type { Page, Visit } from "../router";
import { currentUser } from "../session";
import { Thread } from "../thread";
import { composer } from "./composer";
import { threadList } from "./conversations";
import { type Line, lines, makeLine, showProgress } from "./lines";
import { failure, loading, signedIn } from "./parts";
import { quickActions } from "./quick-actions";

const TYPING_SHOWN_MILLISECONDS = 5000;
const TYPING_SAID_MILLISECONDS = 3000;
const POLL_MILLISECONDS = 5000;
const NEAR_BOTTOM_PIXELS = 120;

/** A thread: what was said, what is being sent, and a place to write. */
export const thread = signedIn((visit: Visit): Page => {
  const { id = "" } = visit.path;
  const view = new ThreadView(id, visit.signal);
  const list = h(
    "aside",
    { class: "beside", "aria-label": "All threads" },
    threadList(visit.signal, id),
  );
  return { title: "Messages", content: h("div", { class: "messages" }, list, view.element) };
});

class ThreadView {
  readonly element: HTMLElement;
  readonly #id: string;
  readonly #signal: AbortSignal;
  readonly #thread: Thread;
  readonly #scroller: HTMLElement;
  readonly #head = h("header", { class: "thread-head" });
  readonly #log = h("div", { class: "log", role: "log", "aria-label": "Messages", tabindex: 0 });
  readonly #state = h("p", { class: "thread-state", role: "status" });
  readonly #older = h("button", { class: "quiet older", hidden: true }, "Earlier messages");
  #pending: Pending[] = [];
  #isOnline = false;
  #isTyping = false;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;
  #typingSaid = 0;

  constructor(id: string, signal: AbortSignal) {
    this.#id = id;
    this.#signal = signal;
    this.#thread = new Thread(id, () => this.#show());
    this.#scroller = h("div", { class: "scroller" }, this.#older, this.#log);
    this.element = h(
      "section",
      { class: "thread" },
      this.#head,
      this.#scroller,
      this.#state,
      quickActions(id, () => this.#catchUp()),
      composer({ send: (...message) => post(id, ...message), typing: () => this.#sayTyping() }),
    );
    this.#stayAtEnd();
    on(this.#older, { click: () => void this.#loadOlder() });
    fill(this.#log, loading());
    this.#listen();
    void this.#open();
  }

  async #open(): Promise<void> {
    this.#pending = await pendingIn(this.#id);
    try {
      await this.#thread.open();
    } catch (error) {
      if (!this.#thread.conversation) fill(this.#log, failure(error));
    }
  }

  /** Who reads the last line goes on seeing it, whatever grows: the thread, or what is below it. */
  #stayAtEnd(): void {
    const scroller = this.#scroller;
    let [isAtEnd, seen] = [true, 0];
    const hidden = (): number => scroller.scrollHeight - scroller.clientHeight;
    on(scroller, {
      scroll: () => {
        if (hidden() !== seen) return; // it has just grown: that is the observer's
        isAtEnd = hidden() - scroller.scrollTop < NEAR_BOTTOM_PIXELS;
      },
    });
    const observer = new ResizeObserver(() => {
      if (isAtEnd) scroller.scrollTop = scroller.scrollHeight;
      seen = hidden();
    });
    observer.observe(scroller);
    observer.observe(this.#log);
    this.#signal.addEventListener("abort", () => observer.disconnect());
  }

  #listen(): void {
    live.show(this.#id);
    this.#signal.addEventListener("abort", () => live.show(null));
    live.onFrame((frame) => this.#hear(frame), this.#signal);
    live.onState(() => this.#showState(), this.#signal);
    onOutbox(({ conversationId, message, progress }) => {
      if (conversationId !== this.#id) return;
      if (progress) return this.#showProgress(progress);
      if (message) this.#thread.learn(message);
      void pendingIn(this.#id).then((pending) => {
        this.#pending = pending;
        this.#show();
      });
    }, this.#signal);
    addEventListener("online", () => this.#catchUp(), { signal: this.#signal });
    document.addEventListener("visibilitychange", () => this.#markRead(), { signal: this.#signal });
    // Where there is no WebSocket, or none at the moment, asking does as well.
    const poll = setInterval(() => {
      if (live.state !== "on" && navigator.onLine && !document.hidden) this.#catchUp();
    }, POLL_MILLISECONDS);
    this.#signal.addEventListener("abort", () => clearInterval(poll));
  }

  #catchUp(): void {
    this.#thread.catchUp().catch(() => undefined); // asked again by whatever comes next
  }

  #hear(frame: ServerFrame): void {
    this.#thread.hear(frame);
    if (frame.event === "subscribed") this.#isOnline = frame.presence;
    if (frame.event === "presence") this.#isOnline = frame.online; // only the other's is told
    const isHere = "conversationId" in frame && frame.conversationId === this.#id;
    const actor = isHere ? actorOf(frame) : null;
    if (actor && actor !== currentUser()?.id) {
      // Whoever does something is there, even where presence was passed by on the way.
      this.#isOnline = true;
      if (frame.event === "typing") this.#noteTyping(true);
      if (frame.event === "message.created") this.#noteTyping(false);
    }
    this.#showState();
  }

  #noteTyping(isTyping: boolean): void {
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
    const { conversation, messages } = this.#thread;
    if (this.#signal.aborted || (!conversation && this.#pending.length === 0)) return;
    if (conversation) this.#showHead(conversation);
    const shown = lines(
      messages,
      this.#pending,
      conversation?.otherReadSequence ?? 0,
      currentUser()?.id ?? "",
    );
    keyed(
      this.#log,
      shown,
      (line) => line.key,
      (line) => line.version,
      (line: Line) => makeLine(line),
    );
    this.#older.hidden = !this.#thread.hasOlder;
    this.#showState();
    this.#markRead();
  }

  #showHead({ other }: ConversationView): void {
    const name = other.name ?? "Deleted account";
    if (this.#head.dataset["name"] === name) return;
    this.#head.dataset["name"] = name;
    const page = other.role === "artist" ? `/artists/${other.handle ?? other.userId}` : null;
    fill(
      this.#head,
      h("a", { class: "back", href: "/messages", "aria-label": "All threads" }),
      initials(name, other.userId),
      h("h1", {}, page ? h("a", { href: page }, name) : name),
      h("span", { class: "presence" }),
    );
    document.title = `${name} · Artist Booking`;
  }

  #showState(): void {
    const name = this.#thread.conversation?.other.name ?? "";
    const presence = this.#head.querySelector(".presence");
    const isConnected = live.state === "on";
    if (presence) fill(presence, isConnected && this.#isOnline ? "online" : "");
    fill(this.#state, isConnected && this.#isTyping ? `${name} is writing…` : "");
  }

  #showProgress({ clientMessageId, share }: NonNullable<Change["progress"]>): void {
    const line = [...this.#log.children].find(
      (child) => child instanceof HTMLElement && child.dataset["key"] === clientMessageId,
    );
    if (line) showProgress(line, share);
  }

  #markRead(): void {
    if (document.hidden) return;
    this.#thread.markRead().catch(() => undefined); // said again with the next message
  }

  async #loadOlder(): Promise<void> {
    const scroller = this.#scroller;
    const fromBottom = scroller.scrollHeight - scroller.scrollTop;
    try {
      await this.#thread.loadOlder();
    } catch (error) {
      return toast(error instanceof Error ? error.message : String(error));
    }
    scroller.scrollTop = scroller.scrollHeight - fromBottom; // what was in view stays there
  }

  // ---- writing -----------------------------------------------------------------------------

  #sayTyping(): void {
    if (Date.now() - this.#typingSaid < TYPING_SAID_MILLISECONDS) return;
    const isSaid = live.send({ action: "typing", conversationId: this.#id });
    if (isSaid) this.#typingSaid = Date.now();
  }
}

/** Who did this; null for a card, and for what nobody does. */
function actorOf(frame: ServerFrame): string | null {
  if ("message" in frame) return frame.message.senderId;
  return "userId" in frame ? frame.userId : null;
}
