import AxeBuilder from "@axe-core/playwright";
import { type Browser, expect, type Page } from "@playwright/test";

export const EMAIL = process.env.OFFSHOOT_E2E_EMAIL ?? "";
export const PASSWORD = process.env.OFFSHOOT_E2E_PASSWORD ?? "";

export type Cookies = Awaited<ReturnType<ReturnType<Page["context"]>["cookies"]>>;

/** The cookies of somebody who has just signed in. */
export async function beginSession(browser: Browser): Promise<Cookies> {
  const context = await browser.newContext({ baseURL: `http://127.0.0.1:${process.env.OFFSHOOT_E2E_PORT}` });
  const page = await context.newPage();
  await page.goto("/login");
  await fillSignIn(page, EMAIL, PASSWORD);
  await expect(page).toHaveURL(/\/services$/);
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

export async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByRole("textbox", { name: "E-mail" }).fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** No violation in either theme, on a wide screen and a narrow one. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 800 });
      await expect(page.locator("html")).toHaveClass(new RegExp(`\\b${colorScheme}\\b`));
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
      expect(found, `${colorScheme}, ${width} px`).toEqual([]);
    }
}
