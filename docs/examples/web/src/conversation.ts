/**
 * Local copy of a conversation.
 *
 * Every new or changed message gets a revision, which is counted per conversation without gaps. The
 * copy remembers up to which revision it is complete. A message from the WebSocket advances it only
 * if it has the next revision; otherwise the missing changes are requested. So nothing is lost
 * whatever the connection does. Nothing is shown twice, because messages are stored by sequence.
 */

import { api } from "./api/client";
import type { ConversationView, MessageView } from "./api/schema";
import { read, write } from "./database";
import { live } from "./live";
import type { ServerFrame } from "./live-frames";
import { getCurrentUser } from "./session";

const PAGE_SIZE = 50;
const MAX_STORED_MESSAGES = 300;

interface StoredConversation {
  conversation: ConversationView;
  messages: MessageView[];
  revision: number;
}

/** A conversation and its newest messages, kept up to date and stored for offline reading. */
export class LocalConversation {
  conversation: ConversationView | null = null;
  readonly #id: string;
  readonly #onChange: () => void;
  readonly #messages = new Map<number, MessageView>();
  /** All changes up to this revision are known; -1 if none are. */
  #revision = -1;
  #catchingUp: Promise<void> | null = null;
  #isBehind = false;

  /** `onChange` is called whenever there is something new to show. */
  constructor(id: string, onChange: () => void) {
    this.#id = id;
    this.#onChange = onChange;
  }

  /** Known messages in order. */
  get messages(): MessageView[] {
    return [...this.#messages.values()].sort((a, b) => a.sequence - b.sequence);
  }

  /** True if there are older messages. Sequences begin with 1 and have no gaps. */
  get hasOlder(): boolean {
    return this.#messages.size > 0 && this.#oldest > 1;
  }

  /** Load the stored messages, then the changes since. Throws the errors of `api`. */
  async open(): Promise<void> {
    const stored = await read<StoredConversation>(this.#key);
    if (stored) {
      this.conversation = stored.conversation;
      this.#revision = stored.revision;
      stored.messages.forEach((message) => this.#messages.set(message.sequence, message));
      this.#onChange();
    }
    await this.catchUp();
  }

  /** Request missing changes; concurrent calls share one run. */
  catchUp(): Promise<void> {
    this.#isBehind = true;
    return (this.#catchingUp ??= this.#catchUp().finally(() => (this.#catchingUp = null)));
  }

  /** Apply a frame from the WebSocket. */
  handleFrame(frame: ServerFrame): void {
    if (frame.event === "pong" || frame.event === "subscribed") {
      const isThis = frame.conversationId === this.#id;
      if (isThis && (frame.revision ?? 0) > this.#revision) this.#catchUpQuietly();
    } else if ("message" in frame && frame.conversationId === this.#id) {
      this.addMessage(frame.message);
    } else if (frame.event === "conversation.read" && frame.conversationId === this.#id) {
      this.#setRead(frame.userId, frame.sequence);
    }
  }

  /** Add or update a message received from the API. */
  addMessage(message: MessageView): void {
    this.#merge(message);
    if (message.revision === this.#revision + 1) this.#revision = message.revision;
    else if (message.revision > this.#revision) this.#catchUpQuietly();
    this.#save();
  }

  /** Load the messages before the oldest known one. */
  async loadOlder(): Promise<void> {
    await this.#loadPage({ before: this.#oldest });
    this.#save();
  }

  /** Mark all messages shown as read. */
  async markRead(): Promise<void> {
    const me = getCurrentUser()?.id;
    const latest = this.messages.filter((message) => message.senderId !== me).at(-1);
    if (!this.conversation || !latest || !me) return;
    const { sequence } = latest;
    if (sequence <= this.conversation.readSequence) return;
    this.#setRead(me, sequence);
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
    return `my/conversation/${this.#id}`;
  }

  async #catchUp(): Promise<void> {
    const path = { id: this.#id };
    while (this.#isBehind) {
      this.#isBehind = false;
      this.conversation = await api("get", "/v1/messages/conversations/{id}", { path });
      if (this.conversation.id !== this.#id) return this.#onChange(); // it moved elsewhere
      if (this.#revision < 0) this.#revision = await this.#loadPage({});
      else await this.#loadChanges();
      this.#save();
    }
  }

  /** Load the newest messages, or those `before` a sequence; return the revision they are from. */
  async #loadPage(filter: { before?: number }): Promise<number> {
    const page = await api("get", "/v1/messages/conversations/{id}/messages", {
      path: { id: this.#id },
      query: { ...filter, limit: PAGE_SIZE },
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
    if (known && known.revision >= message.revision) return; // an older version that arrived late
    if (message.sequence < this.#oldest && this.#messages.size > 0) return; // not loaded yet
    this.#messages.set(message.sequence, message);
  }

  #setRead(userId: string, sequence: number): void {
    if (!this.conversation) return;
    const cursor = userId === getCurrentUser()?.id ? "readSequence" : "otherReadSequence";
    if (sequence <= this.conversation[cursor]) return;
    this.conversation = { ...this.conversation, [cursor]: sequence };
    this.#save();
  }

  #catchUpQuietly(): void {
    this.catchUp().catch(() => undefined); // the next pong or connection tries again
  }

  #save(): void {
    this.#onChange();
    if (!this.conversation) return;
    const messages = this.messages.slice(-MAX_STORED_MESSAGES);
    const { conversation } = this;
    void write(this.#key, {
      conversation,
      messages,
      revision: this.#revision,
    } satisfies StoredConversation);
  }
}
