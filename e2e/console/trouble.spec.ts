import { expect, type Page, test } from "@playwright/test";
import { engineClient } from "@/lib/engine-client";
import type { SnapshotDto } from "@/lib/schemas/history";
import { newName } from "../names";
import { BASE, headers, openProject, type Placed, type Project } from "../rest-client";
import { beginSession, type Cookies } from "./session";

const READY_MS = 60_000;

let project: Project;
let source: Placed;
let fork: Placed;
let session: Cookies;

test.beforeAll(async ({ browser }) => {
  project = await openProject();
  source = await project.place(project.services, { name: newName("orders") });
  await project.untilReady(source);
  fork = await project.place(`${pathOf(source)}/forkService`, {
    fork_strategy: "NOW",
    ttl: "1h",
    name: newName("try-index"),
  });
  await project.untilReady(fork);
  session = await beginSession(browser);
});
test.beforeEach(({ context }) => context.addCookies(session));
test.afterAll(() => project.close());

test("an engine that falls silent while a person chooses is said to be, keeps what was typed, and is asked again", async ({
  page,
}) => {
  const typed = new Date().toISOString();
  await page.goto(`${wizard()}&strategy=PITR`);
  await expect(page.getByText(/^events as of/)).toBeVisible();
  const field = momentField(page);
  const silence = page.getByText("The engine is not answering: which commit this is stays unknown until it is.");
  const again = page.getByRole("group", { name: "Recovery point" }).getByRole("button", { name: "Try now" });
  const looking = page.getByText("Looking for the commit…");
  const { pid } = await engineClient(process.env.OFFSHOOT_E2E_DATA_DIR ?? "").health();
  process.kill(pid, "SIGSTOP");
  try {
    await field.fill(typed);
    await expect(silence).toBeVisible();
    await expect(page.getByText(/Databases run in it: until it answers, connections to them may fail/)).toBeVisible();
    // Also while the next attempt is on its way.
    await Promise.all([page.waitForRequest(/\/resolve\?/), again.click()]);
    await expect(silence).toBeVisible();
    await expect(looking).toHaveCount(0);
    await expect(field).toHaveValue(typed);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await expect(page.getByText(/^Last one in: commit [\d,]+ at /)).toBeVisible({ timeout: READY_MS });
  await expect(silence).toHaveCount(0);
  await expect(field).toHaveValue(typed);
});

test("what a deletion frees is the same figure in the dialog and on the page, alone and with its forks", async ({
  page,
}) => {
  await page.goto(`/services/${source.service_id}`);
  const storage = page.getByRole("region", { name: "Storage" });
  const together = /Deleting it and its (fork|\d+ forks) together frees [\d.]+\s\w+\./;
  await expect(storage).toContainText(together);
  await page.getByRole("button", { name: "Delete service" }).click();
  const dialog = page.getByRole("alertdialog");
  await expect(dialog).toContainText(together);
  const [frees] = (await dialog.textContent())?.match(/(?<=Deleting it frees )[\d.]+\s\w+/) ?? [];
  expect(frees).toBeDefined();
  // What lies behind a dialog is hidden from whoever cannot see it.
  const behind = page.getByRole("region", { name: "Storage", includeHidden: true });
  await expect(behind).toContainText(`Deleting frees ${frees}`);
});

test("a deleted source is said to be in Recently deleted, and can be forked once it is restored", async ({ page }) => {
  await project.remove(pathOf(fork));
  await page.goto(wizard(fork.name));
  await expect(page.getByText(`${fork.name} was deleted and is in Recently deleted.`)).toBeVisible();
  await page.getByRole("link", { name: "Restore it in Recently deleted" }).click();
  await page.getByRole("button", { name: `Restore ${fork.name}`, exact: true }).click();
  await project.untilReady(fork);
  await page.goBack();
  await expect(page.getByRole("radio", { name: new RegExp(`^${fork.name}`) })).toBeChecked();
});

test("a snapshot that is deleted while it is chosen is said to be gone, with the newest to take instead", async ({
  page,
}) => {
  await takeSnapshot(page, "kept");
  const gone = await takeSnapshot(page, "gone");
  await page.goto(`${wizard()}&strategy=LAST_SNAPSHOT`);
  await page.getByRole("radio", { name: /^kept/ }).check();
  await page.getByRole("radio", { name: /^gone/ }).check();
  expect((await page.request.delete(`${pathOf(source)}/snapshots/${gone}`, { headers })).status()).toBe(204);
  // Sooner than the list is read again: the server refuses it.
  await page.getByRole("button", { name: "Fork service" }).click();
  const problem = page.getByRole("group", { name: "Recovery point" }).getByText("That snapshot was deleted.");
  await expect(problem).toBeVisible();
  await expect(page.getByRole("radio", { name: /^gone/ })).toHaveCount(0);
  await page.getByRole("button", { name: "Use the newest" }).click();
  await expect(page.getByRole("radio", { name: /^kept/ })).toBeChecked();
  await expect(problem).toHaveCount(0);
});

test("on the page of all snapshots one is taken of the service that was chosen, and the search finds it", async ({
  page,
}) => {
  await page.goto("/snapshots");
  const card = page.getByRole("region", { name: "Take a snapshot" });
  const select = card.getByRole("combobox", { name: "Service or fork" });
  await expect(select).toHaveValue("");
  await card.getByRole("button", { name: "Take snapshot now" }).click();
  await expect(select).toHaveAccessibleDescription(/Choose the service to take a snapshot of\./);
  await expect(select).toBeFocused();
  const own = page.getByRole("row").filter({ hasText: `of ${source.name}` });
  await page.getByRole("searchbox", { name: "Search snapshots" }).fill(source.name);
  const before = await own.count();
  await select.selectOption(source.name);
  await card.getByRole("button", { name: "Take snapshot now" }).click();
  await expect(own).toHaveCount(before + 1, { timeout: READY_MS });
});

// History is thinned after an hour, and has a gap where the clock was set back: neither can be waited for here. The engine's
// answers are made up; what is tested is the real page.
test("with made-up answers: a gap and thinned history are shown, and an older commit is taken only when that was said", async ({
  page,
}) => {
  const gap = { from: at("10:00"), to: at("10:05"), cause: "clock", commit_before: 41, commit_after: 42 };
  await page.route("**/data/services/*/window", async (route) => {
    const answer = await route.fetch();
    const { window, ...rest } = await answer.json();
    await route.fulfill({ json: { ...rest, window: { ...window, exact_since: at("12:00"), gaps: [gap] } } });
  });
  const thinned = `${at("09:30")} was thinned out of the history of ${source.name}.`;
  await page.route("**/data/services/*/resolve?*", (route) => {
    const isAccepted = new URL(route.request().url()).searchParams.has("inexact");
    const server_time = new Date().toISOString();
    if (!isAccepted)
      return route.fulfill({
        status: 422,
        json: { code: "TARGET_THINNED", message: thinned, details: {}, fix: [], server_time },
      });
    return route.fulfill({ json: { resolved: olderCommit, server_time } });
  });
  await page.goto(`${wizard()}&strategy=PITR&at=${at("09:30")}`);
  await expect(page.getByRole("list", { name: "Gaps" })).toContainText("the clock was set back");
  await expect(page.getByRole("list", { name: "Gaps" })).toContainText("commits 41 and 42 stand at its ends");
  await expect(page.getByRole("button", { name: /since which every commit is kept/ })).toBeVisible();
  await expect(momentField(page)).toHaveAccessibleDescription(/was thinned out/);
  await page.getByRole("button", { name: "Accept the older commit" }).click();
  await expect(page.getByText("Not exact: up to 7 commits before this time are gone")).toBeVisible();
  await expect(momentField(page)).not.toHaveAttribute("aria-invalid");
  await expect(momentField(page)).toHaveValue(at("09:30"));
});

const at = (clock: string): string => `2026-01-01T${clock}:00.000000Z`;

const olderCommit = {
  requested: at("09:30"),
  commit: 37,
  time: at("09:29"),
  next_time: at("09:31"),
  moments_after: 12,
  exact: false,
  moments_missing: 7,
  nearest_snapshot: null,
  ready_ms: null,
};

const wizard = (name = source.name): string => `/forks/new?source=${name}&ttl=1h`;
const pathOf = ({ service_id }: Placed): string => `${BASE}/projects/${project.id}/services/${service_id}`;
const momentField = (page: Page) => page.getByRole("textbox", { name: "Moment (UTC)" });

/** Resolves to the snapshot's id when it is there. */
async function takeSnapshot({ request }: Page, name: string): Promise<string> {
  const path = `${pathOf(source)}/snapshots`;
  expect((await request.post(path, { headers, data: { name } })).status()).toBe(202);
  let id: string | undefined;
  const find = async () => {
    const taken: SnapshotDto[] = await (await request.get(path, { headers })).json();
    id = taken.find((snapshot) => snapshot.name === name)?.id;
    return id;
  };
  await expect.poll(find, { timeout: READY_MS }).toBeDefined();
  return id ?? "";
}
