export const HELP = `npm start: builds Offshoot when needed and runs it: control database, engine and web server.
Prints one address to open. Ctrl-C stops everything in order and loses nothing.

Configuration, all optional:
  PORT                        port of the console and the API (3000)
  HOST                        address on which they listen (127.0.0.1)
  OFFSHOOT_URL                the address people open, when a proxy stands before it (http://HOST:PORT)
  OFFSHOOT_TRUSTED_PROXIES    how many proxies stand before it and append to X-Forwarded-For (0)
  OFFSHOOT_DATA_DIR           everything that is kept (.offshoot)
  DATABASE_URL                a PostgreSQL to use as control database instead of the embedded one
  OFFSHOOT_GATEWAY_HOST       address on which services listen (127.0.0.1)
  OFFSHOOT_GATEWAY_PORTS      range from which each service gets its port for life (20000-29999)
  OFFSHOOT_WINDOW             how long a new service keeps every moment (24h)
  OFFSHOOT_WINDOW_BYTES       how much its history may take (8GiB)
  OFFSHOOT_SNAPSHOT_INTERVAL  how often a snapshot of it is taken, or never (1h)
  OFFSHOOT_SNAPSHOTS_KEPT     how many of those stay (24)
  OFFSHOOT_METRICS_PORT       where the engine answers GET /metrics for Prometheus; unset: nowhere
  OFFSHOOT_METRICS_HOST       address of that port (127.0.0.1)
  OFFSHOOT_ADMIN_EMAIL        with OFFSHOOT_ADMIN_PASSWORD: makes the first account without a person
  OFFSHOOT_ADMIN_PASSWORD
  OFFSHOOT_SMTP_URL           with OFFSHOOT_MAIL_FROM: warnings also go out by e-mail
  OFFSHOOT_MAIL_FROM
  OFFSHOOT_BOOTSTRAP_API_KEY  public:secret, makes the first API key

Other commands: npm run backup -- DIR, npm run restore -- DIR, npm run dev, npm run build, npm run check, npm test, npm run bench, npm run store:check -- DIR (is a stopped store
in order?), npm run torture, npm run torture:postgres (the store against its model, for as long as wanted), npm run faults (killed and failing
everywhere). Each takes -- --help.`;
