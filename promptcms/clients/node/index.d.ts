// Types of promptcms-client.

export type Value = string | number | bigint | boolean;
export type Values = Readonly<Record<string, Value | undefined>>;

/** The prompts that are known by name; `promptcms-client types` writes them. */
export interface Prompts {}

export type PromptName = keyof Prompts | (string & {});
export type VariablesOf<Name> = Name extends keyof Prompts ? Prompts[Name] : Values;

export interface Message {
  readonly role: string;
  readonly content: string;
}

export interface Placeholder {
  readonly type: "placeholder";
  readonly name: string;
}

export interface Variable {
  readonly name: string;
  readonly type: "string" | "number" | "integer" | "boolean";
  readonly required: boolean;
  readonly default: string | number | boolean | null;
  readonly description: string;
  readonly example: string;
}

/** `fresh` and `stale` came from the server, `snapshot` from the file, `fallback` from the caller. */
export type State = "fresh" | "stale" | "snapshot" | "fallback";
export type Variant = "control" | "treatment";
export type Assignment = "none" | "hash" | "random";

/** A prompt as one call gets it. */
export interface Prompt<V = Values> {
  readonly name: string;
  readonly kind: "text" | "chat";
  /** The version that is served; null for the caller's fallback. */
  readonly version: string | null;
  readonly revision: number | null;
  readonly digest: string | null;
  readonly label: string | null;
  readonly template: string | null;
  readonly messages: ReadonlyArray<Message | Placeholder> | null;
  readonly config: Readonly<Record<string, any>>;
  readonly variables: readonly Variable[];
  readonly outputSchema: Readonly<Record<string, any>> | null;
  readonly variant: Variant;
  readonly assignment: Assignment;
  /** 0 to 9999, or null without a unit or a rollout. */
  readonly bucket: number | null;
  readonly rollout: {readonly id: number; readonly epoch: number} | null;
  /** Did the treatment fail to compile, so that the control was served? */
  readonly fellBack: boolean;
  readonly state: State;
  /** Seconds since the server confirmed it. */
  readonly age: number;
  readonly generation: string | null;
  /** Why it is not fresh. */
  readonly error: PromptcmsError | null;
  /** For a trace span. */
  readonly attributes: Record<string, string | number>;
  /** A text, or a list of messages. Throws TemplateError. */
  compile(values?: V, messages?: Readonly<Record<string, readonly object[]>>): any;
}

export interface GetOptions {
  /** Default: PROMPTCMS_LABEL, or production. */
  label?: string;
  /** Exactly this version, instead of a label. */
  version?: string;
  /** Who is served (user, conversation): keeps its version while a rollout runs. */
  unit?: string | number | null;
  /** Serves where there is nothing else. */
  fallback?: string | ReadonlyArray<Message | Placeholder> | null;
}

/** The text of one call: what was put in, what came out, the texts it was to rest on. */
export interface Sample {
  input?: string | Readonly<Record<string, string | number | boolean>>;
  output: string;
  context?: readonly string[];
}

/** How one use of a prompt went. */
export interface Facts {
  error?: boolean | Error;
  errorType?: string;
  message?: string;
  latencyMs?: number;
  inputTokens?: number;
  outputTokens?: number;
  /** Dollars. */
  cost?: number;
  /** 0 to 1 by name. */
  scores?: Readonly<Record<string, number>>;
  ts?: Date;
  id?: string;
  /** Goes along for `sampleShare` of the calls. */
  sample?: Sample | null;
}

/** An observation as it is sent. */
export interface Observation {
  id: string;
  ts: string;
  prompt: string;
  version: string;
  label?: string;
  variant: Variant;
  assignment: Assignment;
  rollout?: number;
  epoch?: number;
  bucket?: number;
  error: boolean;
  error_type?: string;
  message?: string;
  latency_ms?: number;
  input_tokens?: number;
  output_tokens?: number;
  cost?: number;
  scores?: Record<string, number>;
  sample?: Sample;
}

export interface Request {
  method: string;
  url: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Seconds. */
  timeout: number;
  /** Bytes of the answer. */
  limit: number;
}

export interface Transport {
  send(
    request: Request,
  ): Promise<{status: number; headers: Record<string, string | undefined>; body: string}>;
  close?(): void;
}

export interface Clock {
  /** Seconds that never go back. */
  now(): number;
  date(): Date;
  sleep(seconds: number, options?: {background?: boolean}): Promise<void>;
  /** Returns what cancels it. */
  later(seconds: number, action: () => void, options?: {stay?: boolean}): () => void;
}

/** Every time is in seconds. */
export interface ClientOptions {
  url?: string;
  key?: string;
  ingestKey?: string;
  label?: string;
  /** `name@1.2.0, other@2.0.0`, or an object. */
  pin?: string | Readonly<Record<string, string>>;
  /** A file that `promptcms-client pull` wrote. */
  snapshot?: string;
  offline?: boolean;
  /** 0 (the default) to 1: of how many calls the sample is sent. */
  sampleShare?: number;
  refresh?: number;
  jitter?: number;
  maxStale?: number;
  timeout?: number;
  attempts?: number;
  idle?: number;
  batch?: number;
  batchSeconds?: number;
  waiting?: number;
  clock?: Clock;
  transport?: Transport;
  /** 0 to 1. */
  random?: () => number;
  log?: (line: string) => void;
}

/** What an application uses: the client, or the fake in its tests. */
export interface PromptClient {
  getPrompt<Name extends PromptName>(
    name: Name,
    options?: GetOptions,
  ): Promise<Prompt<VariablesOf<Name>>>;
  report(prompt: Prompt<any>, facts?: Facts): void;
  /** Returns how many observations were not taken. */
  flush(timeout?: number): Promise<number>;
  refresh(): Promise<void>;
  close(timeout?: number): Promise<number>;
}

export class Client implements PromptClient {
  constructor(options?: ClientOptions);
  getPrompt<Name extends PromptName>(
    name: Name,
    options?: GetOptions,
  ): Promise<Prompt<VariablesOf<Name>>>;
  report(prompt: Prompt<any>, facts?: Facts): void;
  flush(timeout?: number): Promise<number>;
  refresh(): Promise<void>;
  close(timeout?: number): Promise<number>;
  readonly waiting: Observation[];
  readonly dropped: number;
}

export class FakeClient implements PromptClient {
  constructor(prompts?: Record<string, FakePrompt>, options?: {random?: () => number});
  set(name: string, prompt: FakePrompt): void;
  getPrompt<Name extends PromptName>(
    name: Name,
    options?: GetOptions,
  ): Promise<Prompt<VariablesOf<Name>>>;
  report(prompt: Prompt<any>, facts?: Facts): void;
  flush(timeout?: number): Promise<number>;
  refresh(): Promise<void>;
  close(timeout?: number): Promise<number>;
  readonly reported: Observation[];
}

export type FakePrompt =
  string | ReadonlyArray<Message | Placeholder> | Readonly<Record<string, any>>;

export class PromptcmsError extends Error {
  readonly kind:
    | "not_found"
    | "unauthorized"
    | "forbidden"
    | "bad_request"
    | "unavailable"
    | "template"
    | "config";
  readonly code: string;
  readonly status: number;
  readonly field: string;
}
export class NotFoundError extends PromptcmsError {}
export class UnauthorizedError extends PromptcmsError {}
export class ForbiddenError extends PromptcmsError {}
export class BadRequestError extends PromptcmsError {}
export class UnavailableError extends PromptcmsError {}
export class TemplateError extends PromptcmsError {}
export class ConfigError extends PromptcmsError {}

/** The bucket, 0 to 9999, of a unit under a rollout's salt. */
export function bucketOf(salt: string, unit: string): number;
