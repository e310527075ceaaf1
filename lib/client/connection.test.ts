import { parse } from "pg-connection-string";
import { expect, test } from "vitest";
import { formatConnectionComment, formatConnections, PASSWORD_PLACEHOLDER, toClipboardText } from "./connection";

const facts = {
  host: "127.0.0.1",
  port: 54_321,
  name: "incident-0412",
  source: "prod-telemetry",
  asOf: "2024-04-12T17:29:58.114Z",
  expires: "2024-04-12T21:52:00Z",
};
const find = (id: string, password?: string) => {
  const format = formatConnections(facts, password).find((one) => one.id === id);
  if (!format) throw new Error(`no format ${id}`);
  return format;
};

test("the URL is understood by a client and asks for TLS", () => {
  expect(parse(find("url", "s3cret").text)).toMatchObject({
    host: "127.0.0.1",
    port: "54321",
    database: "tsdb",
    user: "tsdbadmin",
    password: "s3cret",
    sslmode: "require",
  });
});

test("no format holds the password before it is revealed, and psql never does", () => {
  for (const format of formatConnections(facts))
    if (format.id !== "psql") expect(format.text).toContain(PASSWORD_PLACEHOLDER);
  expect(find("psql", "s3cret").text).not.toContain("s3cret");
});

test("every format asks for TLS or leaves it to the connection that reads it", () => {
  for (const { id, text } of formatConnections(facts)) if (id !== "pgpass") expect(text).toMatch(/sslmode=require/i);
});

test("a file begins with what the database is, a line does not", () => {
  const comment = formatConnectionComment(facts);
  expect(comment).toBe(
    "# fork incident-0412 of prod-telemetry as of 2024-04-12T17:29:58.114Z, expires 2024-04-12T21:52:00Z",
  );
  expect(toClipboardText(find("env"), comment)).toMatch(/^# fork .*\nPGHOST=127\.0\.0\.1\n/);
  expect(toClipboardText(find("url"), comment)).toMatch(/^postgres:/);
});

test("a service's comment names no source", () => {
  expect(formatConnectionComment({ ...facts, source: undefined })).toBe("# service incident-0412");
});
