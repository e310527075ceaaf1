/**
 * Usage in, money out. Pure: price books, cost, forecast, who pays for which byte. With the database: the counters, what was
 * used, prices and budgets. All money is integer micro-cents; times are milliseconds since the epoch, hours and months in UTC.
 */
export { type Assessment, assessCost, growthOf, type Life, sumAssessments, toBurning } from "./assess-cost";
export {
  type Budget,
  type BudgetAlert,
  findBudget,
  findPassing,
  type NewBudget,
  putBudget,
  sumMonth,
  takeDueAlerts,
} from "./budget";
export { type BookUsage, sumOf, type Usage } from "./cost";
export {
  type Burning,
  computeForecast,
  computePerHour,
  computeSavedPerHour,
  type Forecast,
  type Growth,
  NO_GROWTH,
} from "./forecast";
export { isWholeHour, monthOf, nameMonth, type Span } from "./hours";
export { type HeldBytes, NO_BYTES, type Size } from "./meter";
export { bookAt, type PriceBook, type Prices } from "./price-book";
export { type ListedBook, listPriceBooks, type NewPrices, putPriceBook } from "./price-store";
export { type ProjectUsage, readUsage, type ServiceUsage } from "./read-usage";
export { type LogBytes, type Owner, type SharedOut, shareBytes } from "./share-bytes";
export { closeDeadComputes, closeUsage, KEPT_FORKS, type Seen } from "./usage-store";
