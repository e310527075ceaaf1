import { createServer, type Server, type Socket } from "node:net";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import type { Backend, ClientInfo, ServiceEndpoint } from "./backend";
import type { CancelKeys } from "./cancel-keys";
import type { Login } from "./handshake";
import type { GatewayLimits } from "./limits";
import { findReported, findSettings, type LoginContext, runHandshake } from "./login";
import type { LoginThrottle } from "./login-throttle";
import { Session } from "./session";
import { Turns } from "./turns";
import {
  type ErrorFields,
  encodeBackendKeyData,
  encodeError,
  encodeParameterStatus,
  fatal,
  READY_IDLE,
} from "./wire/backend";
import type { Setting } from "./wire/startup-options";
import { SocketClosedError, WireSocket } from "./wire-socket";

export interface ServiceOptions {
  readonly endpoint: ServiceEndpoint;
  readonly host: string;
  readonly login: Omit<LoginContext, "findVerifier">;
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly cancelKeys: CancelKeys;
  readonly throttle: LoginThrottle;
  /** The turns of a backend, the same ones whoever asks. */
  readonly turnsOf: (backend: Backend, serviceId: string) => Turns;
}

/** One service's port: accepts connections, logs them in and gives them their turns. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #log: Log;
  readonly #sessions = new Set<Session>();
  readonly #loggingIn = new Set<WireSocket>();
  readonly #server: Server;
  #turns: Promise<Turns> | undefined;
  #placesTaken = 0;
  #closeReason: string | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => this.#accept(socket));
  }

  get connections(): ClientInfo[] {
    return [...this.#sessions].map((session) => session.info);
  }

  /** Starts to listen. Rejects with CONFLICT when the port is somebody else's. */
  listen(): Promise<void> {
    const { endpoint, host } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => reject(toListenError(error, host, endpoint.port));
      this.#server.once("error", fail);
      this.#server.listen(endpoint.port, host, () => {
        this.#server.off("error", fail);
        this.#server.on("error", (error) => this.#log.error({ err: error }, "the listener failed"));
        resolve();
      });
    });
  }

  /** Stops to listen and ends all connections, telling them why. */
  async close(reason: string): Promise<void> {
    this.#closeReason = reason;
    // The port is free at once; a client that never reads its last message must not hold us up.
    this.#server.close();
    const error = fatal("57P01", reason);
    const logins = [...this.#loggingIn].map((socket) => socket.hangUp(encodeError(error)));
    await Promise.all([this.#endSessions(error), ...logins]);
  }

  /** Ends the sessions of those who may not come in any more. */
  async recheck(): Promise<void> {
    const judged = [...this.#sessions].map(async (session) => {
      const { address, role } = session.info;
      const host = toHost(address);
      if (!(await this.#allows(host, role))) await session.end(fatal("57P01", sayNotAllowed(host)));
    });
    await Promise.all(judged);
  }

  async #endSessions(error: ErrorFields): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.end(error)));
  }

  async #allows(host: string, role?: string): Promise<boolean> {
    return (await this.#options.endpoint.allows?.(host, role)) ?? true;
  }

  #accept(plain: Socket): void {
    const socket = new WireSocket(plain, this.#options.clock);
    if (this.#closeReason !== undefined || this.#loggingIn.size >= this.#options.limits.loginsInProgressPerService) {
      this.#log.warn({ address: socket.address }, "a connection was refused: too many logins are in progress");
      socket.destroy();
      return;
    }
    this.#loggingIn.add(socket);
    const cancelTimer = this.#options.clock.after(this.#options.limits.authenticationMs, () => {
      this.#log.info({ address: socket.address }, "a login took too long");
      socket.destroy();
    });
    this.#logIn(socket, cancelTimer)
      .catch((error: unknown) => this.#noteFailure(socket, error))
      .finally(() => {
        cancelTimer();
        this.#loggingIn.delete(socket);
      });
  }

  #noteFailure(socket: WireSocket, error: unknown): void {
    const { address } = socket;
    if (error instanceof SocketClosedError) {
      const cause = error.cause instanceof Error ? error.cause.message : undefined;
      this.#log.info({ address, cause }, `a login ended: ${error.message}`);
    } else if (error instanceof NotAllowedError) {
      return void this.#refuse(socket, fatal("28000", error.message), false);
    } else {
      this.#log.error({ address, err: error }, "a login failed on our side");
      return void socket.hangUp(encodeError(fatal("58000", "the gateway failed; its log says why")));
    }
    socket.destroy();
  }

  async #logIn(socket: WireSocket, endOfHandshake: () => void): Promise<void> {
    const { endpoint, login } = this.#options;
    // In the clear and before a byte is read: who may not come in costs no TLS.
    await this.#assertAllowed(socket);
    const outcome = await runHandshake(socket, {
      ...login,
      findVerifier: async (role) => {
        await this.#assertAllowed(socket, role);
        return endpoint.findVerifier(role);
      },
    });
    switch (outcome.kind) {
      case "left":
        return socket.hangUp();
      case "cancel":
        this.#options.cancelKeys.find(outcome.processId, outcome.key, endpoint.serviceId)?.cancel();
        return socket.hangUp();
      case "refused":
        return this.#refuse(socket, outcome.error, outcome.isFailedLogin);
      case "authenticated":
        endOfHandshake();
        return this.#admit(socket, outcome.login);
    }
  }

  async #assertAllowed({ host }: WireSocket, role?: string): Promise<void> {
    if (!(await this.#allows(host, role))) throw new NotAllowedError(sayNotAllowed(host));
  }

  async #refuse(socket: WireSocket, error: ErrorFields, isFailedLogin: boolean): Promise<void> {
    const { clock, limits, throttle } = this.#options;
    this.#log.info({ address: socket.address, code: error.code, reason: error.message }, "a connection was refused");
    if (isFailedLogin && throttle.fail(socket.host)) await clock.sleep(limits.failedLoginDelayMs);
    socket.hangUp(encodeError(error));
  }

  /** An authenticated client: a place, a backend, its settings, and then it is a session. */
  async #admit(socket: WireSocket, login: Login): Promise<void> {
    const wanted = findSettings(login.database, login.parameters);
    if ("error" in wanted) return this.#refuse(socket, wanted.error, false);
    const { endpoint, limits } = this.#options;
    const limit = (await endpoint.findConnectionLimit?.(login.role)) ?? limits.connectionsPerService;
    if (this.#placesTaken >= limit)
      return this.#refuse(socket, fatal("53300", "sorry, too many clients already"), false);
    this.#placesTaken++;
    socket.closed.then(() => this.#placesTaken--);
    const obstacle = await endpoint.findObstacle?.(login.role);
    if (obstacle !== undefined) return this.#refuse(socket, fatal("57P03", obstacle), false);
    const turns = await this.#getTurns().catch((error: unknown) => this.#toRefusal(error));
    if (!(turns instanceof Turns)) return this.#refuse(socket, turns, false);
    if (this.#closeReason !== undefined) return this.#refuse(socket, fatal("57P01", this.#closeReason), false);
    await this.#openSession(socket, login, { turns, settings: wanted.settings });
  }

  #toRefusal(error: unknown): ErrorFields {
    if (error instanceof AppError) return fatal("57P03", error.message);
    this.#log.error({ err: error }, "no backend could be had");
    return fatal("57P03", "the database could not be started; the engine's log says why");
  }

  #getTurns(): Promise<Turns> {
    if (this.#turns) return this.#turns;
    const { endpoint } = this.#options;
    const acquired = endpoint.acquireBackend().then((backend) => {
      backend.exited.then((exit) => {
        if (this.#turns === acquired) this.#turns = undefined;
        this.#log.info({ reason: exit.message }, "the backend ended");
        this.#endSessions(fatal("57P01", exit.message));
      });
      return this.#options.turnsOf(backend, endpoint.serviceId);
    });
    this.#turns = acquired;
    acquired.catch(() => {
      if (this.#turns === acquired) this.#turns = undefined;
    });
    return acquired;
  }

  async #openSession(
    socket: WireSocket,
    login: Login,
    { turns, settings }: { turns: Turns; settings: Setting[] },
  ): Promise<void> {
    const { endpoint, cancelKeys, limits, clock } = this.#options;
    const session = new Session({
      turns,
      settings,
      limits,
      clock,
      peer: socket,
      role: login.role,
      onEnd: () => onEnd(),
    });
    const { processId, key } = cancelKeys.register(endpoint.serviceId, session, login.protocolMinor);
    const onEnd = () => {
      cancelKeys.remove(processId);
      this.#sessions.delete(session);
      this.#log.debug({ address: socket.address }, "a client left");
    };
    this.#sessions.add(session);
    socket.closed.then(() => session.leave());
    // Once it is there `recheck` finds it; a change before that is seen here.
    if (!(await this.#allows(socket.host, login.role))) return session.end(fatal("28000", sayNotAllowed(socket.host)));
    const reported = findReported(settings);
    const error = reported ? undefined : await session.applySettings();
    if (error) return session.end({ ...error, severity: "FATAL" });
    if (session.isGone) return;
    for (const [name, value] of reported ? turns.parameters : []) session.parameters.set(name, value);
    for (const [name, value] of reported ?? []) session.parameters.set(name, value);
    const parameters = [...session.parameters].map(([name, value]) => encodeParameterStatus(name, value));
    socket.send(Buffer.concat([...parameters, encodeBackendKeyData(processId, key), READY_IDLE]));
    this.#log.debug({ address: socket.address, role: login.role }, "a client logged in");
    socket.stream(
      (chunk) => session.feed(chunk),
      () => session.leave(),
    );
    this.#watchIdle(session);
  }

  #watchIdle(session: Session): void {
    const { clock, limits } = this.#options;
    const idleMs = clock.nowMs() - session.lastActiveAtMs;
    clock.after(Math.max(1, limits.idleMs - idleMs), () => {
      if (session.isGone) return;
      const isOver = clock.nowMs() - session.lastActiveAtMs >= limits.idleMs && session.cycle.isQuiet;
      if (isOver) session.end(fatal("57P05", "terminating connection due to idle-session timeout"));
      else this.#watchIdle(session);
    });
  }
}

/** The service's allow list does not hold the client's address. */
class NotAllowedError extends Error {
  override name = "NotAllowedError";
}

const sayNotAllowed = (host: string): string => `connections from ${host} are not allowed by this service's allow list`;

const toHost = (address: string): string => address.slice(0, address.lastIndexOf(":"));

function toListenError(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  if (error.code === "EADDRINUSE")
    return new AppError(
      "CONFLICT",
      `Port ${port} on ${host} is in use by another program. Stop that program, or choose another range in OFFSHOOT_GATEWAY_PORTS.`,
      { cause: error, details: { port } },
    );
  return new AppError("INTERNAL", `The gateway cannot listen on ${host}, port ${port}: ${error.message}`, {
    cause: error,
  });
}
