import { eventSuite } from "./events.suite";

eventSuite("postgres-18");
eventSuite("timescaledb-2.23-pg17");
