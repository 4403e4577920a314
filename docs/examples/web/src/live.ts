/**
 * One WebSocket for the whole app. It only makes things quick: whatever it misses is caught up by
 * requests (src/thread.ts), so a lost connection loses no message.
 */

import { api } from "./api/client";
import { Problem } from "./api/http";
import type { ClientFrame, ServerFrame } from "./frames";
import { bearer } from "./session";

/** `unavailable`: this environment has no WebSocket; whoever wants news asks for it. */
export type LiveState = "on" | "connecting" | "off" | "unavailable";

const HEARTBEAT_MILLISECONDS = 20_000;
const LONGEST_WAIT_MILLISECONDS = 30_000;

class Live {
  state: LiveState = "off";
  #wanted = false;
  #socket: WebSocket | null = null;
  #shown: string | null = null;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #answered = true;
  #token: string | null = null;
  readonly #frames = new Set<(frame: ServerFrame) => void>();
  readonly #states = new Set<(state: LiveState) => void>();

  constructor() {
    addEventListener("online", () => this.#retryNow());
    addEventListener("offline", () => this.#socket?.close());
  }

  /** Connects, and keeps connecting until `stop`. */
  start(): void {
    this.#wanted = true;
    this.#retryNow();
  }

  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#retry);
    this.#socket?.close();
  }

  /** Says which conversation this device shows now, if any: the other member's presence is told. */
  show(conversationId: string | null): void {
    if (this.#shown && !conversationId) {
      this.send({ action: "unsubscribe", conversationId: this.#shown });
    }
    this.#shown = conversationId;
    if (conversationId) this.send({ action: "subscribe", conversationId });
  }

  /** Sends a frame; false when there is no connection. */
  send(frame: ClientFrame): boolean {
    if (this.state !== "on") return false;
    this.#socket?.send(JSON.stringify(frame));
    return true;
  }

  /** Calls `listener` with every frame until `signal` is aborted. */
  onFrame(listener: (frame: ServerFrame) => void, signal?: AbortSignal): void {
    this.#frames.add(listener);
    signal?.addEventListener("abort", () => this.#frames.delete(listener));
  }

  /** Calls `listener` whenever the state changes until `signal` is aborted. */
  onState(listener: (state: LiveState) => void, signal?: AbortSignal): void {
    this.#states.add(listener);
    signal?.addEventListener("abort", () => this.#states.delete(listener));
  }

  #retryNow(): void {
    clearTimeout(this.#retry);
    if (this.#wanted && this.state === "off" && navigator.onLine) void this.#connect();
  }

  async #connect(): Promise<void> {
    this.#become("connecting");
    try {
      this.#token = await bearer();
      const { url } = await api("post", "/v1/messages/tickets", {});
      if (this.#wanted) this.#open(url);
      else this.#become("off");
    } catch (error) {
      const isMissing = error instanceof Problem && error.status === 501;
      this.#become(isMissing ? "unavailable" : "off");
      if (!isMissing) this.#retryLater();
    }
  }

  #open(url: string): void {
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempts = 0;
      this.#answered = true;
      this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MILLISECONDS);
      this.#become("on");
      if (this.#shown) this.show(this.#shown);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      const frame = JSON.parse(event.data) as ServerFrame;
      if (frame.event === "pong") this.#answered = true;
      this.#frames.forEach((listener) => listener(frame));
    };
    socket.onclose = () => {
      clearInterval(this.#heartbeat);
      this.#become("off");
      this.#retryLater();
    };
  }

  /** A connection may be dead without being closed, and ends with the token that opened it. */
  async #beat(): Promise<void> {
    if (!this.#answered) return this.#socket?.close();
    this.#answered = false;
    this.send({ action: "ping" });
    const token = await bearer().catch(() => null);
    if (token && token !== this.#token) this.send({ action: "renew", token });
    this.#token = token;
  }

  #retryLater(): void {
    if (!this.#wanted || !navigator.onLine) return; // "online" begins anew
    const wait = Math.min(500 * 2 ** this.#attempts++, LONGEST_WAIT_MILLISECONDS);
    // Not all clients at once when a server comes back.
    this.#retry = setTimeout(() => this.#retryNow(), wait * (0.5 + Math.random() / 2));
  }

  #become(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    this.#states.forEach((listener) => listener(state));
  }
}

export const live = new Live();
