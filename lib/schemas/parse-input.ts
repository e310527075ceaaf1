import type { z } from "zod";
import { AppError } from "@/lib/std/app-error";

/**
 * What somebody sent, as its schema says, or an AppError about the first thing that is wrong: in the schema's own words where it
 * has some, else in ours. Never in the parser's.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { error: sayIssue });
  if (parsed.success) return parsed.data;
  throw toAppError(parsed.error);
}

function toAppError({ issues }: z.ZodError): AppError {
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown?.code === "unrecognized_keys") {
    const field = [...unknown.path, unknown.keys[0]].join(".");
    return new AppError("UNKNOWN_FIELD", `There is no field ${field} here. Check how it is spelled.`, { field });
  }
  const [issue] = issues;
  const field = issue?.path.join(".") || undefined;
  return new AppError("INVALID_REQUEST", issue?.message ?? UNREADABLE, {
    ...(field !== undefined && { field }),
    details: { issues: issues.map(({ path, message }) => ({ field: path.join("."), message })) },
  });
}

const UNREADABLE = "This cannot be read.";

type Issue = Parameters<z.core.$ZodErrorMap>[0];

/** `This` stands for the field: whoever shows the sentence away from the field puts its name there. */
function sayIssue(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "This is missing.";
      return `This must be ${KINDS[issue.expected] ?? "something else"}.`;
    case "invalid_value":
      return `This must be ${listWays(issue.values.map(String))}.`;
    case "too_small":
      return `This must be ${sayBound(issue.origin, "at least", issue.minimum)}.`;
    case "too_big":
      return `This must be ${sayBound(issue.origin, "at most", issue.maximum)}.`;
    default:
      return UNREADABLE;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

function sayBound(origin: string, bound: string, limit: number | bigint): string {
  if (origin === "string") return `${bound} ${limit} characters long`;
  if (origin === "array") return `${bound} ${limit} long`;
  return `${bound} ${limit}`;
}

const listWays = (ways: readonly string[]): string =>
  ways.length < 2 ? String(ways[0]) : `${ways.slice(0, -1).join(", ")} or ${ways.at(-1)}`;
