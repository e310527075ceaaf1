/** What bundle.mjs makes a program of. */
export { runMoments } from "./moments-run";
