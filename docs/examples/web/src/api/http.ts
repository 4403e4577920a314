/** HTTP requests, typed by the schema generated from docs/openapi.json. */

import { config } from "../config";
import type { ProblemDetails, paths } from "./schema";

const TIMEOUT_MILLISECONDS = 20_000;

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths that support method `M`. */
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

/** The successful response of an operation. */
export type Success<O> = O extends { responses: infer R }
  ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? Json<R[S]> : never }[keyof R]
  : never;

type Argument<Name extends string, V> = [V] extends [never] ? object : { [N in Name]: V };

/** Arguments of an operation; `idempotencyKey` makes a POST safe to repeat. */
export type Options<O> = Argument<"path", Parameters<O, "path">> & {
  query?: Parameters<O, "query">;
} & Body<O> & { idempotencyKey?: string; signal?: AbortSignal };

/** An error response of the API (RFC 9457). */
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

/** The request got no response: there is no network, or the server is down. */
export class Unreachable extends Error {}

/**
 * Send a request with the access token `bearer`, or without one.
 *
 * Throws Problem for an error response and Unreachable if there is none.
 */
export async function request<M extends Method, P extends PathOf<M>>(
  bearer: string | null,
  method: M,
  path: P,
  options: Options<paths[P][M]>,
): Promise<Success<paths[P][M]>> {
  const { apiUrl, apiKey } = await config();
  const settings = options as {
    path?: Record<string, string>;
    query?: Record<string, string | number | boolean | null | undefined>;
    body?: unknown;
    idempotencyKey?: string;
    signal?: AbortSignal;
  };
  const headers = new Headers({ "x-api-key": apiKey });
  if (bearer) headers.set("authorization", `Bearer ${bearer}`);
  if (settings.idempotencyKey) headers.set("idempotency-key", settings.idempotencyKey);
  const init: RequestInit = { method: method.toUpperCase(), headers };
  if (settings.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(settings.body);
  }
  const timeout = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  init.signal = settings.signal ? AbortSignal.any([settings.signal, timeout]) : timeout;
  const url = apiUrl + fillPath(path, settings.path) + queryString(settings.query);
  return send(async () => {
    const response = await fetch(url, init);
    if (!response.ok) throw await readProblem(response);
    return (response.status === 204 ? undefined : await response.json()) as Success<paths[P][M]>;
  });
}

/** Send a request and read its response; a response that breaks off is none. */
async function send<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable("The server did not answer. Are you online?");
  }
}

function fillPath(path: string, values: Record<string, string> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}

function queryString(query: Record<string, unknown> = {}): string {
  const present = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  const encoded = new URLSearchParams(present.map(([name, value]) => [name, String(value)]));
  return present.length > 0 ? `?${encoded}` : "";
}

async function readProblem(response: Response): Promise<Problem> {
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
