import { computeSuite } from "./compute.suite";

computeSuite("postgres-18");
