/**
 * Frames of the WebSocket (functions/messaging/live/frames.py). OpenAPI describes HTTP requests
 * only, so these types are written by hand.
 */

import type { MessageView, ProblemDetails } from "./api/schema";

export type ClientFrame =
  | { action: "ping" }
  | { action: "subscribe" | "unsubscribe" | "typing"; conversationId: string }
  | { action: "read"; conversationId: string; sequence: number }
  | { action: "renew"; token: string };

export type ServerFrame =
  | { event: "pong"; conversationId: string | null; revision: number | null }
  | { event: "subscribed"; conversationId: string; presence: boolean; revision: number }
  | { event: "message.created" | "message.changed"; conversationId: string; message: MessageView }
  | { event: "conversation.read"; conversationId: string; userId: string; sequence: number }
  | { event: "typing"; conversationId: string; userId: string }
  | { event: "presence"; userId: string; online: boolean }
  | { event: "renewed"; expiresAt: string }
  | { event: "error"; problem: ProblemDetails };
