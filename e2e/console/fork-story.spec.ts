import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { engineClient } from "@/lib/engine-client";
import type { ServiceDto } from "@/lib/schemas/service";
import { makeProductSettings, Product, type ProductSettings, removeData } from "@/lib/testing/product";
import { query } from "../client";
import { measureDisk } from "../disk";
import { takePicture } from "../picture";

const EMAIL = "grace@example.com";
const PASSWORD = "correct horse battery staple";
const SOURCE = "prod-telemetry";
const FORK = "incident-0412";
const ROWS = 20_000;
const MIB = 1024 * 1024;
const READY_MS = 60_000;

// The size of the README's picture.
test.use({ viewport: { width: 1440, height: 960 }, colorScheme: "dark", deviceScaleFactor: 1 });
test.describe.configure({ timeout: 240_000 });

let settings: ProductSettings;
let product: Product;

// A product of its own: only one without an account prints the link that the story begins with.
test.beforeAll(async () => {
  settings = await makeProductSettings();
  product = await Product.start(settings);
});
test.afterAll(async () => {
  await Product.stopAll();
  removeData(settings);
});

test("a person forks a Postgres, breaks the copy, throws it away twice and gets the space back", async ({
  page,
  context,
}, info) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: product.url });

  await test.step("sets up the first account by the printed link, and signs in with it", async () => {
    await page.goto(product.output.match(/http:\S+\/setup\?token=\S+/)?.[0] ?? "");
    await fillAccount(page);
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByRole("heading", { name: "Services", level: 1 })).toBeVisible();
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/login/);
    await fillAccount(page);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "Services", level: 1 })).toBeVisible();
  });

  const source = await test.step("creates the sample service and watches its steps", async () => {
    await page.getByRole("link", { name: "Try the sample service" }).click();
    await expect(page.getByRole("radio", { name: /^TimescaleDB 2.23/ })).toBeChecked();
    await expect(page.getByRole("radio", { name: /^Sample: prod-telemetry/ })).toBeChecked();
    await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue(SOURCE);
    await page.getByRole("button", { name: "Create service" }).click();
    await watchSteps(page, [
      "Prepare the image",
      "Clone the image (copy-on-write)",
      "Start Postgres",
      "Load the sample data",
      "Health check through the endpoint",
    ]);
    return copyConnection(page);
  });

  const flights = await fingerprint(source);
  expect(flights.rows).toBe(ROWS);
  await query(source, "CHECKPOINT");
  // What a checkpoint writes goes to the disk with the next transaction's commit.
  await query(source, "CREATE TABLE settled (n int)");
  const before = measureDisk(blocksDir());

  const fork = await test.step("forks it as it is now, for an hour, and watches the steps", async () => {
    await goTo(page, /^Services/);
    await page.getByRole("link", { name: `Fork service ${SOURCE}` }).click();
    await expect(page.getByRole("radio", { name: new RegExp(`^${SOURCE}`) })).toBeChecked();
    await expect(page.getByRole("radio", { name: /^Now/ })).toBeChecked();
    await page.getByRole("radio", { name: "1 hour" }).check();
    await page.getByRole("textbox", { name: "Name" }).fill(FORK);
    await page.getByRole("button", { name: "Fork service" }).click();
    await watchSteps(page, [
      "Reserve the recovery point",
      "Clone storage (copy-on-write)",
      "Start Postgres",
      "Set new password, pause background jobs",
      "Health check through the endpoint",
    ]);
    await takePicture(page, info, { name: "fork.png", downTo: page.getByRole("group", { name: "Recovery point" }) });
    return copyConnection(page);
  });

  await test.step("sees the same rows in both, and what either writes in neither other", async () => {
    expect(await fingerprint(fork)).toEqual(flights);
    const lost = await query(fork, "DELETE FROM flights WHERE origin = 'ATL' RETURNING origin");
    expect(lost.length).toBeGreaterThan(100);
    await query(
      fork,
      "CREATE TABLE notes AS SELECT n, repeat(md5(n::text), 30) AS note FROM generate_series(1, 10000) n",
    );
    await query(
      source,
      "INSERT INTO flights SELECT '2001-03-31 12:00Z', 'XYZ', 'SFO', n, 100 FROM generate_series(1, 50) n RETURNING 1",
    );
    expect((await fingerprint(source)).rows).toBe(ROWS + 50);
    expect((await fingerprint(fork)).rows).toBe(ROWS - lost.length);
    expect(await count(fork, "flights WHERE origin = 'XYZ'")).toBe(0);
    expect(await count(source, "flights WHERE origin = 'ATL'")).toBe(lost.length);
    expect(await count(source, "pg_class WHERE relname = 'notes'")).toBe(0);
  });

  const changed = await fingerprint(fork);
  await query(fork, "CHECKPOINT");
  expect(measureDisk(blocksDir()) - before).toBeGreaterThan(8 * MIB);

  await test.step("deletes the fork from the list, and takes that back", async () => {
    await deleteFork(page);
    await expect(query(fork, "SELECT 1")).rejects.toThrow();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByRole("link", { name: `Connect to ${FORK}` })).toBeVisible({ timeout: READY_MS });
    // The same address and password, and all that it held.
    expect(await fingerprint(fork)).toEqual(changed);
    expect(await count(fork, "notes")).toBe(10_000);
  });

  await test.step("deletes it again and purges it by its name", async () => {
    await deleteFork(page);
    await goTo(page, /^Recently deleted/);
    await page.getByRole("button", { name: `Purge ${FORK} now…` }).click();
    const dialog = page.getByRole("alertdialog").or(page.getByRole("dialog"));
    await dialog.getByRole("button", { name: `Purge ${FORK}`, exact: true }).click();
    await expect(dialog.getByText("This is not the name.")).toBeVisible();
    await dialog.getByRole("textbox", { name: `Type ${FORK} to confirm` }).fill(FORK);
    await dialog.getByRole("button", { name: `Purge ${FORK}`, exact: true }).click();
    await expect(page.getByText("Nothing to restore")).toBeVisible({ timeout: READY_MS });
  });

  await test.step("has the space back on the disk, and a source that is as it was", async () => {
    await expect.poll(() => measureDisk(blocksDir()) - before).toBeLessThan(MIB);
    expect(await count(source, "flights")).toBe(ROWS + 50);
  });
});

test("what is damaged on the disk is found, and said on the pages of those who have it, with file and block", async ({
  page,
}) => {
  // A file that Postgres does not read here: what is damaged must harm nobody else. It lies in the image, so near the front of
  // what a scrub that has just begun reads.
  flipBit("PostgreSQL User Name Maps");
  const { pid } = await engineClient(settings.dataDir).health();
  process.kill(pid, "SIGKILL");
  const path = await product.services();
  const findDamages = async () => (await product.api<ServiceDto[]>(path)).map(({ damages }) => damages ?? 0);
  await expect.poll(findDamages, { timeout: READY_MS }).toEqual([1]);

  await page.goto(`${product.url}/login`);
  await fillAccount(page);
  await page.getByRole("button", { name: "Sign in" }).click();
  const row = page.getByRole("row", { name: new RegExp(SOURCE) });
  await expect(row).toContainText("DAMAGED");
  await row.getByRole("link", { name: SOURCE, exact: true }).click();
  const banner = page.getByRole("alert").filter({ hasText: "A damaged place was found on the disk." });
  await expect(banner).toContainText(/block 0 of \/pg_ident\.conf, found \d\d:\d\d:\d\d/);
  await expect(banner).toContainText("everything else can be read");
  await expect(page.getByRole("banner").or(page.locator("header")).getByText("Ready")).toBeVisible();
});

/** Flips a bit of the block in which the text lies, wherever that was written. */
function flipBit(text: string): void {
  const segments = readdirSync(blocksDir(), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".seg"),
  );
  for (const path of segments.map((name) => join(blocksDir(), name))) {
    const segment = readFileSync(path);
    const place = segment.indexOf(text);
    if (place < 0) continue;
    segment.writeUInt8(segment.readUInt8(place) ^ 1, place);
    writeFileSync(path, segment);
    return;
  }
  throw new Error(`“${text}” is not on the disk`);
}

const blocksDir = () => join(settings.dataDir, "blocks");

async function fillAccount(page: Page): Promise<void> {
  await page.getByRole("textbox", { name: "E-mail" }).fill(EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
}

/** By the navigation at the side. */
const goTo = (page: Page, name: RegExp): Promise<void> =>
  page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();

/** Each step is there from the press of the button, and each ends well. */
async function watchSteps(page: Page, titles: readonly string[]): Promise<void> {
  await expect(page.getByRole("heading", { name: /^(Working on it|Ready in)/ })).toBeVisible();
  const steps = page.getByRole("listitem").filter({ hasText: /, (waiting|in progress|done|failed)/ });
  await expect(steps).toContainText([...titles]);
  await expect(page.getByRole("heading", { name: /^(Ready in|It failed)/ })).toBeVisible({ timeout: READY_MS });
  await expect(page.getByRole("heading", { name: /^Ready in/ })).toBeVisible();
  await expect(steps).toContainText(titles.map((title) => `${title}, done`));
}

/** What lies on the clipboard after [Copy URL], with the password that the page shows. */
async function copyConnection(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(page.getByRole("button", { name: "Hide" })).toBeVisible();
  await page.getByRole("tab", { name: "URL" }).click();
  await page.getByRole("button", { name: "Copy URL" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/^postgres:\/\/tsdbadmin:\w{24}@127\.0\.0\.1:\d+\/tsdb\?sslmode=require$/);
  await expect(page.getByTestId("password")).toHaveText(new URL(copied).password);
  return copied;
}

async function deleteFork(page: Page): Promise<void> {
  await goTo(page, /^Forks/);
  await page.getByRole("button", { name: `More for ${FORK}` }).click();
  await page.getByRole("menuitem", { name: "Delete fork" }).click();
  await expect(page.getByText(`${FORK} deleted. Kept for 1 day.`)).toBeVisible();
  await expect(page.getByRole("row", { name: new RegExp(FORK) })).toHaveCount(0);
}

type Fingerprint = { readonly rows: number; readonly hash: string };

/** The rows of the sample, whatever their order on the disk. */
async function fingerprint(connection: string): Promise<Fingerprint> {
  const text = "SELECT count(*)::int AS rows, sum(hashtextextended(flights::text, 0))::text AS hash FROM flights";
  const [row] = await query<Fingerprint>(connection, text);
  return row as Fingerprint;
}

async function count(connection: string, from: string): Promise<number> {
  const [row] = await query<{ count: number }>(connection, `SELECT count(*)::int AS count FROM ${from}`);
  return row?.count ?? Number.NaN;
}
