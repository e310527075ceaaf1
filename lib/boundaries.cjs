// The import matrix of lib/, as data. Anything not listed is forbidden.
// Run: depcruise -c lib/boundaries.cjs lib app components prisma e2e
const may = {
  std: [],
  schemas: ["std"],
  db: ["std", "env"],
  blocks: ["std"],
  gateway: ["std"],
  compute: ["std", "schemas", "blocks"],
  "engine-client": ["std", "env", "schemas"],
  orchestrator: ["std", "db"],
  audit: ["std", "db", "schemas"],
  notify: ["std", "env", "db", "schemas"],
  ddl: ["std"],
  metering: ["std", "db", "schemas"],
  auth: ["std", "env", "db", "schemas", "audit"],
  services: ["std", "db", "schemas", "orchestrator", "metering", "auth", "audit", "notify", "ddl", "engine-client"],
  operations: ["std", "db", "schemas", "orchestrator", "services", "metering", "ddl"],
  api: ["std", "schemas", "services", "auth", "metering", "audit"],
  client: ["std", "schemas"],
  runtime: [
    "std",
    "env",
    "schemas",
    "db",
    "auth",
    "services",
    "blocks",
    "compute",
    "gateway",
    "engine-client",
    "orchestrator",
    "operations",
    "metering",
    "notify",
    "audit",
  ],
};
const faced = "db|audit|notify|metering|auth|services|orchestrator|blocks|compute|gateway|engine-client";
const engine = "blocks|compute|gateway|operations|runtime";
const server = "env|db|audit|notify|metering|auth|services|api|orchestrator|engine-client";
const tests = "\\.(test|suite)\\.tsx?$|^lib/(testing|bench)/|^e2e/|^prisma/seed";
const modules = (names) => `^lib/(${names})(/|\\.ts$)`;
const rule = (name, from, to) => ({ name, severity: "error", from, to });

module.exports = {
  forbidden: [
    ...Object.entries(may).map(([from, to]) =>
      rule(
        `${from}-may-import-only`,
        { path: `^lib/${from}/`, pathNot: tests },
        { path: "^(lib|app|components|e2e)/", pathNot: modules([from, ...to].join("|")) },
      ),
    ),
    rule(
      "components-are-client",
      { path: "^components/" },
      { path: "^(lib|app|e2e)/", pathNot: modules("client|schemas|std") },
    ),
    rule(
      "app-is-routing",
      { path: "^app/" },
      { path: "^(lib|e2e)/", pathNot: modules("api|auth|services|metering|client|schemas|std") },
    ),
    // Stateful server modules are entered through index.ts only.
    rule(
      "enter-by-the-face",
      { path: "^(?:lib/([^/]+)|app|components|e2e|prisma)/", pathNot: tests },
      { path: `^lib/(${faced})/`, pathNot: ["^lib/[^/]+/index\\.ts$", "^lib/$1/"] },
    ),
    // Transitive: the Next process must not load the data plane, the browser must not load the server.
    rule("web-never-reaches-engine", { path: "^(app|components)/" }, { path: modules(engine), reachable: true }),
    rule(
      "client-never-reaches-server",
      { path: "^(components|lib/client)/" },
      { path: `${modules(server)}|node_modules/@prisma`, reachable: true },
    ),
    rule("nobody-imports-tests", { pathNot: tests }, { path: tests }),
    // Prisma's generated client is one big cycle.
    rule("no-cycles", { pathNot: "^lib/db/generated/" }, { circular: true }),
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true, // Type-only imports count too.
    doNotFollow: { path: "node_modules" },
  },
};
