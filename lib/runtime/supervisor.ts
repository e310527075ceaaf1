import { runSupervisor } from "./supervisor/run-supervisor";

process.exit(await runSupervisor());
