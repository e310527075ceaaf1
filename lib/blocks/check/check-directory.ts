import { nodeDevice } from "../device/node-device";
import { inspectStore } from "./checker";
import { describeFinding } from "./finding";

/** Proves that the store in a directory, which nobody has open, is in order; answers a line for each thing that is not. */
export const checkDirectory = (storeDir: string): string[] =>
  inspectStore(nodeDevice, storeDir).findings.map(describeFinding);
