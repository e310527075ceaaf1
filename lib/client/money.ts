const MICRO_CENTS = 100_000_000;
const SMALL = 0.01;

/** Micro-cents as money: `$0.03`, `$12.40`; what is less than a cent keeps two digits that say something: `$0.0012`. */
export function formatMoney(microCents: number, currency: string): string {
  const amount = microCents / MICRO_CENTS;
  const isSmall = amount !== 0 && Math.abs(amount) < SMALL;
  return new Intl.NumberFormat("en-US", {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    ...(isSmall && { maximumSignificantDigits: 2, minimumSignificantDigits: 1 }),
  }).format(amount);
}
