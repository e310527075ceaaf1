import { expect, test } from "vitest";
import { formatMoney } from "./money";

test.each([
  [0, "USD", "$0.00"],
  [3_120_000, "USD", "$0.03"],
  [120_000, "USD", "$0.0012"],
  [1_240_000_000, "USD", "$12.40"],
  [123_456_700_000_000, "EUR", "€1,234,567.00"],
])("%i micro-cents in %s are %s", (microCents, currency, text) => expect(formatMoney(microCents, currency)).toBe(text));
