import { expect, type Page, test } from "@playwright/test";
import { query } from "../client";
import { newName } from "../names";
import { headers, openProject, type Placed, type Project } from "../rest-client";
import { beginSession, type Cookies, expectAccessible } from "./session";

const READY_MS = 60_000;
// Thousands of rows of the sample: fewer than 1,000 are nobody's event.
const LOST = "flights WHERE origin < 'D'";
const COUNT_LOST = `SELECT count(*)::int AS count FROM ${LOST}`;

let project: Project;
let source: Placed;
let session: Cookies;

test.describe.configure({ timeout: 240_000 });

// One sample service for all: each test makes forks of its own, and changes rows that no other test counts.
test.beforeAll(async ({ browser }) => {
  project = await openProject();
  source = await project.place(project.services, {
    name: newName("flights"),
    addons: ["time-series"],
    sample: "prod-telemetry",
  });
  await project.untilReady(source);
  session = await beginSession(browser);
});
test.beforeEach(({ context }) => context.addCookies(session));
test.afterAll(() => project.close());

test("a person forks the sample just before a DELETE that nobody meant, and finds the rows", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const before = await count(toUrl(source), COUNT_LOST);
  expect(before).toBeGreaterThan(1_000);
  const lost = await query(toUrl(source), `DELETE FROM ${LOST} RETURNING origin`);
  expect(lost).toHaveLength(before);
  expect(await count(toUrl(source), COUNT_LOST)).toBe(0);
  await query(toUrl(source), "CREATE TABLE after_the_delete (n int)");

  const name = newName("before-delete");
  await page.goto(`/forks/new?source=${source.name}&ttl=1h&name=${name}`);
  await page.getByRole("radio", { name: /^Point in time/ }).check();
  await page
    .getByRole("radio", { name: new RegExp(`^Just before DELETE.*${before.toLocaleString("en")} rows`) })
    .check();

  await test.step("sees which commit will be the last one in, what stays out, and that it is held", async () => {
    await expect(
      page.getByText(/^Last one in: commit [\d,]+ at .* later commits will not be in the fork\.$/),
    ).toBeVisible();
    await expect(page.getByText(/^Held for you until /)).toBeVisible();
    await expect(page.getByRole("textbox", { name: "Moment (UTC)" })).toHaveValue(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z$/);
    await expect(page).toHaveURL(/strategy=PITR.*event=[a-z0-9]{10}|event=[a-z0-9]{10}.*strategy=PITR/);
  });

  const fork = await forkAndConnect(page);
  expect(await count(fork, COUNT_LOST)).toBe(before);
  expect(await count(fork, "SELECT count(*)::int AS count FROM pg_class WHERE relname = 'after_the_delete'")).toBe(0);
  expect(await count(toUrl(source), COUNT_LOST)).toBe(0);

  await test.step("has let go of the moment, since the fork has it", async () => {
    const path = `${project.services}/${source.service_id}/window`;
    const holds = async () => (await (await page.request.get(path, { headers })).json()).holds;
    await expect.poll(holds).toEqual([]);
  });

  await test.step("finds the receipt on the fork's page", async () => {
    await page.getByRole("link", { name: "Open fork" }).click();
    const receipt = page.getByRole("region", { name: "Recovery point" });
    await expect(receipt).toContainText("Point in time");
    await expect(receipt).toContainText(/commit [\d,]+/);
    await expect(receipt).toContainText("Exact: everything up to that commit, nothing after it.");
  });
});

test("a typed time names the last commit at or before it, whichever way it is written", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const table = newName("typed").replace("-", "_");
  await query(toUrl(source), `CREATE TABLE ${table} (n int)`);
  await query(toUrl(source), `INSERT INTO ${table} VALUES (1)`);
  const [clock] = await query<{ at: string }>(
    toUrl(source),
    "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS at",
  );
  await query(toUrl(source), `INSERT INTO ${table} VALUES (2)`);

  await page.goto(`/forks/new?source=${source.name}&ttl=1h&name=${newName("typed")}&strategy=PITR`);
  const field = page.getByRole("textbox", { name: "Moment (UTC)" });
  await field.fill(clock?.at ?? "");
  await expect(page.getByText(/^Last one in: commit [\d,]+ at /)).toBeVisible();

  await test.step("is kept while other strategies are looked at", async () => {
    await page.getByRole("radio", { name: /^Now/ }).check();
    await expect(field).toBeHidden();
    await page.getByRole("radio", { name: /^Point in time/ }).check();
    await expect(field).toHaveValue(clock?.at ?? "");
  });

  const fork = await forkAndConnect(page);
  expect(await count(fork, `SELECT count(*)::int AS count FROM ${table}`)).toBe(1);
});

test("a time outside the window is refused in its place and never moved, with both ends to take instead", async ({
  page,
}) => {
  await page.goto(`/forks/new?source=${source.name}&strategy=PITR&at=2001-01-01T00:00:00Z`);
  const field = page.getByRole("textbox", { name: "Moment (UTC)" });
  await expect(field).toHaveAccessibleDescription(/is not recoverable\. You can fork/);
  await expect(field).toHaveValue("2001-01-01T00:00:00Z");
  await page.getByRole("button", { name: "Fork service" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "is not recoverable" })).toBeVisible();
  await page.getByRole("button", { name: "Use latest", exact: true }).click();
  await expect(page.getByText(/^Last one in: commit [\d,]+ at /)).toBeVisible();
  await expect(field).not.toHaveAttribute("aria-invalid");

  // A day later: the year 2001 is not the only thing that no window reaches.
  const [later] = await query<{ at: string }>(
    toUrl(source),
    "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '30 hours', 'YYYY-MM-DD HH24:MI:SS') AS at",
  );
  await field.fill(later?.at ?? "");
  await expect(field).toHaveAccessibleDescription(/is in the future\. Latest recoverable is/);
  await expect(page.getByText(/UTC · in 29 h \d+ m/)).toBeVisible();

  await field.fill("half past five");
  await field.blur();
  await expect(field).toHaveAccessibleDescription(/“half past five” is not a time such as/);
});

test("a snapshot is taken now and forked, and what came after it stays out", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const table = newName("snapped").replace("-", "_");
  await query(toUrl(source), `CREATE TABLE ${table} (n int)`);
  await page.goto(`/forks/new?source=${source.name}&ttl=1h&name=${newName("snapped")}`);
  await page.getByRole("radio", { name: /^Last snapshot/ }).check();
  await page.getByRole("button", { name: "Take snapshot now" }).click();
  const newest = page.getByRole("radio", { name: /Manual.*Newest/ });
  await expect(newest).toBeChecked({ timeout: READY_MS });
  await query(toUrl(source), `INSERT INTO ${table} VALUES (1)`);

  const fork = await forkAndConnect(page);
  expect(await count(fork, `SELECT count(*)::int AS count FROM ${table}`)).toBe(0);
  expect(await count(toUrl(source), `SELECT count(*)::int AS count FROM ${table}`)).toBe(1);

  await test.step("the fork's receipt has the snapshot by its name", async () => {
    await page.getByRole("link", { name: "Open fork" }).click();
    const receipt = page.getByRole("region", { name: "Recovery point" });
    await expect(receipt).toContainText(/Snapshot\s*\d{4}-\d\d-\d\dT/);
    await expect(receipt).not.toContainText("deleted since");
  });

  await test.step("the service's page names the fork beside the snapshot, and deletes it with that said", async () => {
    await page.goto(`/services/${source.service_id}`);
    const snapshots = page.getByRole("region", { name: "Recovery" }).getByRole("listitem");
    const taken = snapshots.filter({ hasText: "Manual" });
    await expect(taken).toContainText("Forks: snapped-");
    await taken.getByRole("button", { name: /^Delete snapshot/ }).click();
    const dialog = page.getByRole("alertdialog");
    await expect(dialog).toContainText(/1 fork uses this snapshot: snapped-.* keeps all its data/);
    await dialog.getByRole("button", { name: "Delete snapshot" }).click();
    await expect(taken).toHaveCount(0);
    expect(await count(fork, `SELECT count(*)::int AS count FROM ${table}`)).toBe(0);
  });
});

for (const [name, path] of [
  ["choosing a moment", () => `/forks/new?source=${source.name}&strategy=PITR&at=2001-01-01T00:00:00Z`],
  ["choosing a snapshot", () => `/forks/new?source=${source.name}&strategy=LAST_SNAPSHOT`],
  ["a service with its history", () => `/services/${source.service_id}`],
  ["snapshots", () => "/snapshots"],
] as const)
  test(`${name}: no accessibility violations, light and dark, wide and narrow`, async ({ page }) => {
    await page.goto(path());
    await expect(page.getByText(source.name).filter({ visible: true }).first()).toBeVisible();
    await expect(page.locator(".animate-skeleton").filter({ visible: true })).toHaveCount(0);
    await expectAccessible(page);
  });

const toUrl = ({ endpoint, initial_password }: Placed): string =>
  `postgres://tsdbadmin:${initial_password}@${endpoint.host}:${endpoint.port}/tsdb?sslmode=require`;

async function count(connection: string, text: string): Promise<number> {
  const [row] = await query<{ count: number }>(connection, text);
  return row?.count ?? Number.NaN;
}

/** Presses the button, waits until it is ready, and takes the connection from the page. */
async function forkAndConnect(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Fork service" }).click();
  await expect(page.getByRole("heading", { name: /^(Ready in|It failed)/ })).toBeVisible({ timeout: READY_MS });
  await expect(page.getByRole("heading", { name: /^Ready in/ })).toBeVisible();
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(page.getByRole("button", { name: "Hide" })).toBeVisible();
  await page.getByRole("tab", { name: "URL" }).click();
  await page.getByRole("button", { name: "Copy URL" }).click();
  return page.evaluate(() => navigator.clipboard.readText());
}
