/** A refusal as the server words it: an RFC 9457 problem document, or the network failing. */

export interface FieldError {
  field: string;
  message: string;
}

/** `name` of the network failing; every other name is one of the server's problem types. */
export const UNREACHABLE = "unreachable";

export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    /** The problem type's name, such as `code-unknown`. */
    readonly problem: string,
    readonly title: string,
    readonly status: number,
    readonly detail = "",
    readonly errors: readonly FieldError[] = [],
    readonly retryAfterS: number | null = null,
    /** The whole document, for members that only some types carry. */
    readonly document: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail === "" ? title : detail);
  }

  /** What to say about one field of a form. */
  errorOf(field: string): string | undefined {
    return this.errors.find((each) => each.field === field)?.message;
  }
}

/** Any answer's body that is not a success, as a Problem. */
export function problemOf(body: unknown, status: number): Problem {
  const document = isRecord(body) ? body : {};
  const name = text(document.type).split("/").pop() ?? "";
  return new Problem(
    name === "" ? "http-error" : name,
    text(document.title),
    status,
    text(document.detail),
    Array.isArray(document.errors) ? document.errors.filter(isFieldError) : [],
    typeof document.retry_after_s === "number" ? document.retry_after_s : null,
    document,
  );
}

/** Whatever was thrown, as a Problem: fetch throws a TypeError when nobody answers. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(UNREACHABLE, "", 0, error instanceof Error ? error.message : "");
}

/** What a form says beside its fields: null when the fields themselves say what is wrong. */
export function besideFields(error: unknown): unknown {
  return error instanceof Problem && error.errors.length > 0 ? null : error;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isFieldError = (value: unknown): value is FieldError =>
  isRecord(value) && typeof value.field === "string" && typeof value.message === "string";
