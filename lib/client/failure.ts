import { RequestFailure } from "./http";

/** Whether it is the engine that does not answer; then the web server does, and said so. */
export const isEngineSilent = (error: Error | null): boolean =>
  error instanceof RequestFailure && error.code === "CONTROL_PLANE";

/**
 * What a failure means for the databases. They run in the engine's process: without the web server or the control database they
 * go on, without the engine they do not.
 */
export const sayDatabases = (error: Error): string =>
  isEngineSilent(error) ? DATABASES_WITHOUT_ENGINE : DATABASES_WITHOUT_CONSOLE;

export const DATABASES_WITHOUT_ENGINE = "Databases run in it: until it answers, connections to them may fail.";
export const DATABASES_WITHOUT_CONSOLE = "Databases run in the engine; they keep running without the console.";
