import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Locator, Page, TestInfo } from "@playwright/test";

const KEPT_IN = "docs/images";

// Half of the space between two cards.
const MARGIN = 7;

interface Picture {
  readonly name: string;
  /** The last thing on it. */
  readonly downTo: Locator;
}

/** A picture of the screen for the documents: it replaces the kept one only where `UPDATE_IMAGES=1` asks for that. */
export async function takePicture(page: Page, info: TestInfo, { name, downTo }: Picture): Promise<void> {
  const path = process.env.UPDATE_IMAGES === "1" ? join(KEPT_IN, name) : info.outputPath(name);
  mkdirSync(dirname(path), { recursive: true });
  const { y, height } = (await downTo.boundingBox()) ?? { y: 0, height: 0 };
  const clip = { x: 0, y: 0, width: page.viewportSize()?.width ?? 0, height: Math.ceil(y + height) + MARGIN };
  await page.screenshot({ path, clip, animations: "disabled", caret: "hide" });
}
