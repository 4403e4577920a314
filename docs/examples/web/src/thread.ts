/**
 * A conversation as this device knows it.
 *
 * Every message and every change of one has a revision, counted per conversation without gaps. The
 * device remembers up to which it knows all of them: what comes over the WebSocket moves that on
 * only when it is the next one, and whenever one is missing the rest is asked for. So nothing is
 * lost whatever the connection does, and nothing is shown twice, as messages are kept by sequence.
 */

import { api } from "./api/client";
import type { ConversationView, MessageView } from "./api/schema";
import { read, write } from "./database";
import type { ServerFrame } from "./frames";
import { live } from "./live";
import { currentUser } from "./session";

const PAGE = 50;
const MOST_KEPT = 300;

interface Kept {
  conversation: ConversationView;
  messages: MessageView[];
  revision: number;
}

export class Thread {
  conversation: ConversationView | null = null;
  readonly #id: string;
  readonly #changed: () => void;
  readonly #messages = new Map<number, MessageView>();
  /** All up to here is known; -1 while nothing is. */
  #revision = -1;
  #catchingUp: Promise<void> | null = null;
  #isBehind = false;

  /** `changed` is called whenever there is something new to show. */
  constructor(id: string, changed: () => void) {
    this.#id = id;
    this.#changed = changed;
  }

  /** The messages in their order. */
  get messages(): MessageView[] {
    return [...this.#messages.values()].sort((one, other) => one.sequence - other.sequence);
  }

  /** Whether there are older messages than these. Sequences begin with 1 and have no gaps. */
  get hasOlder(): boolean {
    return this.#messages.size > 0 && this.#oldest > 1;
  }

  /** Shows what is kept, then what happened since. Throws as `api` does, but for the kept part. */
  async open(): Promise<void> {
    const kept = await read<Kept>(this.#key);
    if (kept) {
      this.conversation = kept.conversation;
      this.#revision = kept.revision;
      kept.messages.forEach((message) => this.#messages.set(message.sequence, message));
      this.#changed();
    }
    await this.catchUp();
  }

  /** Asks for what is not known yet; whoever asks meanwhile waits for the same. */
  catchUp(): Promise<void> {
    this.#isBehind = true;
    return (this.#catchingUp ??= this.#catchUp().finally(() => (this.#catchingUp = null)));
  }

  /** What came over the WebSocket. */
  hear(frame: ServerFrame): void {
    if (frame.event === "pong" || frame.event === "subscribed") {
      const isMine = frame.conversationId === this.#id;
      if (isMine && (frame.revision ?? 0) > this.#revision) this.#catchUpQuietly();
    } else if ("message" in frame && frame.conversationId === this.#id) {
      this.learn(frame.message);
    } else if (frame.event === "conversation.read" && frame.conversationId === this.#id) {
      this.#noteRead(frame.userId, frame.sequence);
    }
  }

  /** A message as the API has it, however it came here. */
  learn(message: MessageView): void {
    this.#merge(message);
    if (message.revision === this.#revision + 1) this.#revision = message.revision;
    else if (message.revision > this.#revision) this.#catchUpQuietly();
    this.#keep();
  }

  /** Loads the page before the oldest message that is known. */
  async loadOlder(): Promise<void> {
    await this.#loadPage({ before: this.#oldest });
    this.#keep();
  }

  /** Says that the person has seen all that is shown. */
  async markRead(): Promise<void> {
    const me = currentUser()?.id;
    const theirs = this.messages.filter((message) => message.senderId !== me).at(-1);
    if (!this.conversation || !theirs || !me) return;
    const { sequence } = theirs;
    if (sequence <= this.conversation.readSequence) return;
    this.#noteRead(me, sequence);
    const frame = { action: "read", conversationId: this.#id, sequence } as const;
    if (live.send(frame)) return;
    await api("put", "/v1/messages/conversations/{id}/read", {
      path: { id: this.#id },
      body: { sequence },
    });
  }

  get #oldest(): number {
    return Math.min(...this.#messages.keys(), Number.MAX_SAFE_INTEGER);
  }

  get #key(): string {
    return `my/thread/${this.#id}`;
  }

  async #catchUp(): Promise<void> {
    const path = { id: this.#id };
    while (this.#isBehind) {
      this.#isBehind = false;
      this.conversation = await api("get", "/v1/messages/conversations/{id}", { path });
      if (this.#revision < 0) this.#revision = await this.#loadPage({});
      else await this.#loadChanges();
      this.#keep();
    }
  }

  /** A page of the newest messages, or of those `before` a sequence; the revision it was read at. */
  async #loadPage(where: { before?: number }): Promise<number> {
    const page = await api("get", "/v1/messages/conversations/{id}/messages", {
      path: { id: this.#id },
      query: { ...where, limit: PAGE },
    });
    page.items.forEach((message) => this.#messages.set(message.sequence, message));
    return page.revision;
  }

  async #loadChanges(): Promise<void> {
    const path = { id: this.#id };
    let query: { changedAfter?: number; cursor?: string } = { changedAfter: this.#revision };
    for (;;) {
      const page = await api("get", "/v1/messages/conversations/{id}/messages", { path, query });
      page.items.forEach((message) => this.#merge(message));
      if (page.nextCursor === null) {
        this.#revision = Math.max(this.#revision, page.revision);
        return;
      }
      query = { cursor: page.nextCursor };
    }
  }

  #merge(message: MessageView): void {
    const known = this.#messages.get(message.sequence);
    if (known && known.revision >= message.revision) return; // an older state that came late
    if (message.sequence < this.#oldest && this.#messages.size > 0) return; // not loaded yet
    this.#messages.set(message.sequence, message);
  }

  #noteRead(userId: string, sequence: number): void {
    if (!this.conversation) return;
    const cursor = userId === currentUser()?.id ? "readSequence" : "otherReadSequence";
    if (sequence <= this.conversation[cursor]) return;
    this.conversation = { ...this.conversation, [cursor]: sequence };
    this.#keep();
  }

  #catchUpQuietly(): void {
    this.catchUp().catch(() => undefined); // the next pong or connection asks again
  }

  #keep(): void {
    this.#changed();
    if (!this.conversation) return;
    const messages = this.messages.slice(-MOST_KEPT);
    const { conversation } = this;
    void write(this.#key, { conversation, messages, revision: this.#revision } satisfies Kept);
  }
}
