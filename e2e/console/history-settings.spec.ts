import { expect, test } from "@playwright/test";
import { newName } from "../names";
import { headers, openProject } from "../rest-client";
import { beginSession, expectAccessible } from "./session";

test("a person changes by keyboard how much history is kept, is asked before any goes, and it holds", async ({
  page,
  browser,
  context,
}) => {
  const project = await openProject();
  const service = await project.place(project.services, { name: newName("history") });
  await project.untilReady(service);
  await context.addCookies(await beginSession(browser));
  const path = `${project.services}/${service.service_id}`;
  const ask = async (what: string) => (await page.request.get(`${path}/${what}`, { headers })).json();

  await page.goto(`/services/${service.service_id}`);
  const card = page.getByRole("region", { name: "History settings" });
  const field = card.getByRole("textbox", { name: "Window" });
  await expect(field).toHaveValue("1d");
  await field.fill("5m");
  await field.press("Enter");
  await expect(card.getByText("The window is from 10 minutes to 30 days long. Write it like 12h or 7d.")).toBeVisible();
  await expect(field).toBeFocused();

  await field.fill("2d");
  await card.getByRole("textbox", { name: "Snapshot every" }).fill("never");
  await field.press("Enter");
  await expect(page.getByText("History settings saved.")).toBeVisible();
  await expect.poll(async () => (await ask("window")).retention_seconds).toBe(172_800);

  await field.fill("1h");
  await field.press("Enter");
  const question = page.getByRole("alertdialog", { name: "Let older history go?" });
  await expect(question).toContainText("Moments older than 1 hour can no longer be forked.");
  await expect(question).toContainText("brings nothing back");
  await expect(question.getByRole("button", { name: "Keep history" })).toBeFocused();
  await page.keyboard.press("Escape");
  expect((await ask("historySettings")).retention_seconds).toBe(172_800);

  await field.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await ask("window")).retention_seconds).toBe(3_600);
  await expect(field).toHaveValue("1h");
  expect(await ask("historySettings")).toMatchObject({ retention_seconds: 3_600, snapshot_interval_seconds: null });
  await expectAccessible(page);
  await project.close();
});
