/**
 * Live connection: one WebSocket for the whole app. It only makes updates faster. Missed messages
 * are fetched by requests (src/conversation.ts), so a lost connection loses nothing.
 */

import { api } from "./api/client";
import { Problem } from "./api/http";
import type { ClientFrame, ServerFrame } from "./live-frames";
import { getAccessToken } from "./session";

/** `unavailable`: this environment has no WebSocket, so conversations poll for changes. */
export type LiveState = "on" | "connecting" | "off" | "unavailable";

const HEARTBEAT_MILLISECONDS = 20_000;
const MAX_RETRY_MILLISECONDS = 30_000;

class Live {
  state: LiveState = "off";
  #isStarted = false;
  #socket: WebSocket | null = null;
  #conversationId: string | null = null;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #isAlive = true;
  #token: string | null = null;
  readonly #frames = new Set<(frame: ServerFrame) => void>();
  readonly #states = new Set<(state: LiveState) => void>();

  constructor() {
    addEventListener("online", () => this.#connectIfNeeded());
    addEventListener("offline", () => this.#socket?.close());
  }

  /** Connect, and reconnect until `stop` is called. */
  start(): void {
    this.#isStarted = true;
    this.#connectIfNeeded();
  }

  /** Disconnect and stay disconnected. */
  stop(): void {
    this.#isStarted = false;
    clearTimeout(this.#retry);
    this.#socket?.close();
  }

  /** Subscribe to typing and presence in the conversation on the screen, or in none. */
  setConversation(conversationId: string | null): void {
    if (this.#conversationId && !conversationId) {
      this.send({ action: "unsubscribe", conversationId: this.#conversationId });
    }
    this.#conversationId = conversationId;
    if (conversationId) this.send({ action: "subscribe", conversationId });
  }

  /** Send a frame; return false if there is no connection. */
  send(frame: ClientFrame): boolean {
    if (this.state !== "on") return false;
    this.#socket?.send(JSON.stringify(frame));
    return true;
  }

  /** Call `listener` with every frame until `signal` is aborted. */
  onFrame(listener: (frame: ServerFrame) => void, signal?: AbortSignal): void {
    this.#frames.add(listener);
    signal?.addEventListener("abort", () => this.#frames.delete(listener));
  }

  /** Call `listener` whenever the state changes until `signal` is aborted. */
  onState(listener: (state: LiveState) => void, signal?: AbortSignal): void {
    this.#states.add(listener);
    signal?.addEventListener("abort", () => this.#states.delete(listener));
  }

  #connectIfNeeded(): void {
    clearTimeout(this.#retry);
    if (this.#isStarted && this.state === "off" && navigator.onLine) void this.#connect();
  }

  async #connect(): Promise<void> {
    this.#setState("connecting");
    try {
      this.#token = await getAccessToken();
      const { url } = await api("post", "/v1/messages/tickets", {});
      if (this.#isStarted) this.#open(url);
      else this.#setState("off");
    } catch (error) {
      const isMissing = error instanceof Problem && error.status === 501;
      this.#setState(isMissing ? "unavailable" : "off");
      if (!isMissing) this.#scheduleRetry();
    }
  }

  #open(url: string): void {
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempts = 0;
      this.#isAlive = true;
      this.#heartbeat = setInterval(() => void this.#sendHeartbeat(), HEARTBEAT_MILLISECONDS);
      this.#setState("on");
      if (this.#conversationId) this.setConversation(this.#conversationId);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      const frame = JSON.parse(event.data) as ServerFrame;
      if (frame.event === "pong") this.#isAlive = true;
      this.#frames.forEach((listener) => listener(frame));
    };
    socket.onclose = () => {
      clearInterval(this.#heartbeat);
      this.#setState("off");
      this.#scheduleRetry();
    };
  }

  /**
   * Check the connection and renew its token.
   *
   * A connection may be dead without being closed, and it ends when its access token expires.
   */
  async #sendHeartbeat(): Promise<void> {
    if (!this.#isAlive) return this.#socket?.close();
    this.#isAlive = false;
    this.send({ action: "ping" });
    const token = await getAccessToken().catch(() => null);
    if (token && token !== this.#token) this.send({ action: "renew", token });
    this.#token = token;
  }

  #scheduleRetry(): void {
    if (!this.#isStarted || !navigator.onLine) return; // the "online" event retries
    const wait = Math.min(500 * 2 ** this.#attempts++, MAX_RETRY_MILLISECONDS);
    // Random, so that not all clients reconnect at once when a server comes back.
    this.#retry = setTimeout(() => this.#connectIfNeeded(), wait * (0.5 + Math.random() / 2));
  }

  #setState(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    this.#states.forEach((listener) => listener(state));
  }
}

export const live = new Live();
