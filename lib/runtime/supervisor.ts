export { runSupervisor } from "./supervisor/run-supervisor";
