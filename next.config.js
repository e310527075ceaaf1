// Security headers that never change; the Content-Security-Policy carries a nonce and is set per request in proxy.ts.
const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
];

/** @type {import("next").NextConfig} */
const config = {
  output: "standalone",
  // The control database, the queue and the logger load files of their own at run time: the bundler leaves them alone.
  serverExternalPackages: ["@prisma/client", "@prisma/adapter-pg", "pg", "graphile-worker", "pino", "better-auth"],
  // A folder above with a lock file of its own must not become the root of what is traced.
  outputFileTracingRoot: import.meta.dirname,
  // Never part of the web server, whatever a path that is only known at run time makes the tracer believe.
  outputFileTracingExcludes: { "/*": ["**/.offshoot/**"] },
  turbopack: { root: import.meta.dirname },
  // npm run check looks at types; the first start of a fresh checkout should not wait for that.
  typescript: { ignoreBuildErrors: true },
  agentRules: false,
  poweredByHeader: false,
  reactStrictMode: true,
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};

export default config;
