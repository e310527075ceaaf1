import { pino } from "pino";

/** One JSON object a line on standard output: the supervisor, or a service manager, keeps it. */
export const engineLog = pino({ level: "info", base: null }, pino.destination({ fd: 1, sync: true }));
