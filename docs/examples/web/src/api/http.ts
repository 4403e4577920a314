/** One request to the API, typed by the schema that is generated from docs/openapi.json. */

import { config } from "../config";
import type { ProblemDetails, paths } from "./schema";

const TIMEOUT_MILLISECONDS = 20_000;

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths that answer `M`. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never;
}[keyof paths];

type Parameters<O, Where extends string> = O extends { parameters: { [W in Where]?: infer V } }
  ? Exclude<V, undefined>
  : never;
type JsonContent<B> = { content: { "application/json": B } };
type Body<O> = O extends { requestBody: JsonContent<infer B> }
  ? { body: B }
  : O extends { requestBody?: infer R }
    ? [NonNullable<R>] extends [never]
      ? object
      : R extends JsonContent<infer B>
        ? { body?: B }
        : object
    : object;
type Json<R> = R extends { content: { "application/json": infer B } } ? B : undefined;

/** What an operation answers when all goes well. */
export type Answer<O> = O extends { responses: infer R }
  ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? Json<R[S]> : never }[keyof R]
  : never;

type Given<Name extends string, V> = [V] extends [never] ? object : { [N in Name]: V };

/** What an operation has to be given; `idempotencyKey` makes a POST safe to repeat. */
export type Options<O> = Given<"path", Parameters<O, "path">> & {
  query?: Parameters<O, "query">;
} & Body<O> & { idempotencyKey?: string; signal?: AbortSignal };

/** The API said no, and why (RFC 9457). */
export class Problem extends Error {
  readonly details: ProblemDetails;
  readonly retryAfterSeconds: number | null;

  constructor(details: ProblemDetails, retryAfter: string | null) {
    super(details.detail || details.title);
    this.details = details;
    this.retryAfterSeconds = retryAfter ? Number(retryAfter) : null;
  }

  get status(): number {
    return this.details.status;
  }

  get code(): string {
    return this.details.code;
  }
}

/** Nobody answered: no network, or a server that is down. */
export class Unreachable extends Error {}

/**
 * Sends a request as `bearer`, or as nobody.
 *
 * Throws a Problem when the API refuses, Unreachable when nobody answers.
 */
export async function request<M extends Method, P extends PathOf<M>>(
  bearer: string | null,
  method: M,
  path: P,
  options: Options<paths[P][M]>,
): Promise<Answer<paths[P][M]>> {
  const { apiUrl, apiKey } = await config();
  const given = options as {
    path?: Record<string, string>;
    query?: Record<string, string | number | boolean | null | undefined>;
    body?: unknown;
    idempotencyKey?: string;
    signal?: AbortSignal;
  };
  const headers = new Headers({ "x-api-key": apiKey });
  if (bearer) headers.set("authorization", `Bearer ${bearer}`);
  if (given.idempotencyKey) headers.set("idempotency-key", given.idempotencyKey);
  const init: RequestInit = { method: method.toUpperCase(), headers };
  if (given.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(given.body);
  }
  const timeout = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  init.signal = given.signal ? AbortSignal.any([given.signal, timeout]) : timeout;
  const response = await send(apiUrl + filled(path, given.path) + search(given.query), init);
  if (!response.ok) throw await problem(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer<paths[P][M]>;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable("Nobody answers. Are you online?");
  }
}

function filled(path: string, values: Record<string, string> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}

function search(query: Record<string, unknown> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const encoded = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return given.length > 0 ? `?${encoded}` : "";
}

async function problem(response: Response): Promise<Problem> {
  const details = (await response.json().catch(() => ({}))) as Partial<ProblemDetails>;
  const { status, statusText } = response;
  return new Problem(
    {
      type: "about:blank",
      title: statusText || `Error ${status}`,
      code: "unknown",
      ...details,
      status,
    },
    response.headers.get("retry-after"),
  );
}
