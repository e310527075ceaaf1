/** The ports that services may get, both ends included. */
export interface PortRange {
  readonly firstPort: number;
  readonly lastPort: number;
}

/** A port is a service's own for life, so this is asked once for each; undefined when the range is used up. */
export function findLowestFreePort(taken: ReadonlySet<number | null>, ports: PortRange): number | undefined {
  for (let port = ports.firstPort; port <= ports.lastPort; port++) if (!taken.has(port)) return port;
  return undefined;
}
