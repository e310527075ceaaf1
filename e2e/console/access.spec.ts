import { expect, type Locator, type Page, test } from "@playwright/test";
import { newName } from "../names";
import { openProject, type Placed, type Project } from "../rest-client";
import { beginSession, type Cookies, EMAIL, expectAccessible, fillSignIn, PASSWORD } from "./session";

let project: Project;
let source: Placed;
let fork: Placed;
let session: Cookies;

// A service, a fork of it, and a fork in Recently deleted: something to see on every screen.
test.beforeAll(async ({ browser }) => {
  project = await openProject();
  source = await project.place(project.services, { name: newName("seen") });
  await project.untilReady(source);
  fork = await makeFork(newName("seen-fork"));
  const deleted = await makeFork(newName("seen-gone"));
  await project.remove(`${project.services}/${deleted.service_id}`);
  session = await beginSession(browser);
});

test.afterAll(() => project.close());

test.describe("without a session", () => {
  const pages = [
    "/",
    "/services",
    "/services/new",
    "/services/:id",
    "/forks",
    "/forks/new",
    "/forks/:id",
    "/snapshots",
    "/bin",
  ];
  const data = [
    "/data/services",
    "/data/bin",
    "/data/snapshots",
    "/data/frees?service_ids=:id",
    ...["", "/delete-facts", "/window", "/resolve?commit=1", "/timeline", "/storage", "/damages"].map(
      (question) => `/data/services/:id${question}`,
    ),
  ];
  const fill = (path: string) => path.replace(":id", path.startsWith("/forks") ? fork.service_id : source.service_id);

  test("every page leads to the sign-in and shows nothing", async ({ request, page }) => {
    for (const path of [...pages, "/dashboard/services/:id", "/dashboard/settings"].map(fill)) {
      const answer = await request.get(path);
      expect(new URL(answer.url()).pathname, path).toBe("/login");
      expect(await answer.text(), path).not.toContain(source.name);
    }
    await page.goto(fill("/forks/:id"));
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  });

  test("every data route is 401", async ({ request }) => {
    for (const path of data.map(fill)) {
      const answer = await request.get(path);
      expect(answer.status(), path).toBe(401);
      expect(await answer.text(), path).not.toContain(source.name);
    }
  });

  test("no hold can be taken, renewed or released", async ({ request }) => {
    const holds = fill("/data/services/:id/holds");
    expect((await request.put(holds, { data: { commit: 1 } })).status()).toBe(401);
    expect((await request.put(`${holds}/aaaaaaaaaa`, { data: {} })).status()).toBe(401);
    expect((await request.delete(`${holds}/aaaaaaaaaa`)).status()).toBe(401);
  });

  test("a cookie that nobody gave out opens nothing", async ({ request }) => {
    const cookie = session.map(({ name }) => `${name}=forged.forged`).join("; ");
    expect((await request.get("/data/services", { headers: { cookie } })).status()).toBe(401);
  });

  test("a wrong password and an unknown address are refused in the same words", async ({ page }) => {
    const refused = "E-mail or password is wrong.";
    for (const [email, password] of [
      [EMAIL, `${PASSWORD}x`],
      ["nobody@example.com", PASSWORD],
    ] as const) {
      await page.goto("/login");
      await fillSignIn(page, email, password);
      await expect(page.getByRole("alert").filter({ hasText: refused })).toBeVisible();
      await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveValue(email);
    }
    expect(await page.context().cookies()).toEqual([]);
  });

  test("the sign-in leads back to where the person wanted to go, and to no other site", async ({ page }) => {
    await page.goto("/forks?sort=name");
    await fillSignIn(page, EMAIL, PASSWORD);
    await expect(page).toHaveURL(/\/forks\?sort=name$/);
    await page.context().clearCookies();
    await page.goto("/login?next=//example.com/");
    await fillSignIn(page, EMAIL, PASSWORD);
    await expect(page).toHaveURL(/127\.0\.0\.1:\d+\/services$/);
  });

  test("the sign-in has no accessibility violations", async ({ page }) => {
    await page.goto("/login");
    await expectAccessible(page);
  });
});

test.describe("with a session", () => {
  test.beforeEach(({ context }) => context.addCookies(session));

  test("no script can read the cookie and no other site can send it", () => {
    expect(session.length).toBeGreaterThan(0);
    for (const { name, httpOnly, sameSite } of session) {
      expect(httpOnly, name).toBe(true);
      expect(sameSite, name).toMatch(/^(Lax|Strict)$/);
    }
  });

  test("signing out ends it, also for a copy of the cookie", async ({ page, browser }) => {
    const own = await beginSession(browser);
    await page.context().clearCookies();
    await page.context().addCookies(own);
    await page.goto("/services");
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/login/);
    await page.context().addCookies(own);
    expect((await page.request.get("/data/services")).status()).toBe(401);
  });

  test("a press of the button after the session was lost makes nothing", async ({ page, context }) => {
    const name = newName("lost");
    await openWizard(page, name);
    await context.clearCookies();
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Fork service" }).click();
    await answered;
    expect((await project.list()).filter((one) => one.name === name)).toEqual([]);
  });

  test("a double click on Fork service makes one fork", async ({ page }) => {
    const name = newName("twice");
    const before = await project.list();
    await openWizard(page, name);
    await page.getByRole("button", { name: "Fork service" }).dblclick();
    await expect(page.getByRole("heading", { name: /^Ready in/ })).toBeVisible({ timeout: 60_000 });
    const made = (await project.list()).filter((one) => before.every((old) => old.service_id !== one.service_id));
    expect(made.map((one) => one.name)).toEqual([name]);
  });

  test("a name that is taken is said beside the field, with a free one to take instead", async ({ page }) => {
    await openWizard(page, source.name);
    await page.getByRole("button", { name: "Fork service" }).click();
    const field = page.getByRole("textbox", { name: "Name" });
    await expectProblem(field, new RegExp(`^${source.name} is taken by`));
    await page.getByRole("button", { name: `Use ${source.name}-2` }).click();
    await expect(field).toHaveValue(`${source.name}-2`);
    await expect(field).not.toHaveAttribute("aria-invalid");
    await page.goto(`/services/new?name=${source.name}`);
    await page.getByRole("button", { name: "Create service" }).click();
    await expectProblem(page.getByRole("textbox", { name: "Name" }), new RegExp(`^${source.name} is taken by`));
  });

  for (const [lifetime, problem, fix] of [
    ["0", /neither a length/, undefined],
    ["0h", /^A fork lives at least 10 seconds\.$/, "Use 1 hour"],
    ["365d", /^The maximum here is 30 days\.$/, "Use 30 days"],
    ["2001-01-01 00:00", /has passed/, undefined],
  ] as const)
    test(`a lifetime of ${lifetime} is refused beside the field`, async ({ page }) => {
      await openWizard(page, newName("long"));
      await page.getByRole("radio", { name: "Custom" }).check();
      const field = page.getByRole("textbox", { name: "Custom lifetime" });
      await field.fill(lifetime);
      await page.getByRole("button", { name: "Fork service" }).click();
      await expectProblem(field, problem);
      if (fix === undefined) return;
      await page.getByRole("button", { name: fix }).click();
      await expect(field).not.toHaveAttribute("aria-invalid");
    });

  const screens: [string, () => string][] = [
    ["services", () => "/services"],
    ["a service", () => `/services/${source.service_id}`],
    ["forks", () => "/forks"],
    ["the fork wizard", () => `/forks/new?source=${source.name}`],
    ["a fork", () => `/forks/${fork.service_id}`],
    ["Recently deleted", () => "/bin"],
  ];
  for (const [name, path] of screens)
    test(`${name}: no accessibility violations, light and dark, wide and narrow`, async ({ page }) => {
      await page.goto(path());
      await expect(page.getByText(source.name).filter({ visible: true }).first()).toBeVisible();
      await expectAccessible(page);
    });
});

async function makeFork(name: string): Promise<Placed> {
  const made = await project.place(`${project.services}/${source.service_id}/forkService`, {
    fork_strategy: "NOW",
    ttl: "4h",
    name,
  });
  await project.untilReady(made);
  return made;
}

async function openWizard(page: Page, name: string): Promise<void> {
  await page.goto(`/forks/new?source=${source.name}&ttl=1h`);
  await page.getByRole("textbox", { name: "Name" }).fill(name);
}

/** Wrong, said to be so, and described by the sentence beside it. */
async function expectProblem(field: Locator, problem: RegExp): Promise<void> {
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(new RegExp(problem.source.replace(/\$$/, "")));
}
