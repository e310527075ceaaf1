/**
 * Who asks: accounts, sessions, API keys, and the installation's secrets.
 *
 *   requireActor(headers): Promise<Actor>                        from the session cookie; throws UNAUTHENTICATED
 *   findSessionActor(headers): Promise<Actor | undefined>
 *   signIn({ email, password }, headers): Promise<Headers>       in a server action the cookie is set by itself
 *   signOut(headers): Promise<Headers>
 *   findApiKeyIdentity(authorization): Promise<ApiKeyIdentity | undefined>     all that GET /auth/info shows
 *   findApiKeyActor(authorization): Promise<Actor | undefined>
 *
 *   authorize(actor, action, facts?)                             the permission table; throws FORBIDDEN, FORK_PROD_DENIED
 *   isAllowed(actor, action, facts?): boolean                    for what is shown or hidden
 *
 * First start, by the supervisor, after migrate(), in this order:
 *   ensureBootstrapAdmin(db, env.admin): Promise<boolean>        true when it made the account
 *   ensureBootstrapApiKey(db, "public:secret"): Promise<void>    only when env.bootstrapApiKey is set
 *   createSetupLink(db, { url }): Promise<string | undefined>    `<url>/setup?token=…`, or undefined when somebody has an account
 * The page behind the link:
 *   isSetupTokenValid(token): Promise<boolean>
 *   completeSetup({ token, email, password, name? }): Promise<userId>          then signIn
 *
 *   loadSecrets(dataDir): { sealKey, sessionSecret }
 */
export { checkActivity, listActivity } from "./activity";
export { findSessionActor, PROJECT_COOKIE, requireActor } from "./actor";
export { type ApiKeyIdentity, ensureBootstrapApiKey, findApiKeyActor, findApiKeyIdentity } from "./api-key";
export { ensureBootstrapAdmin } from "./bootstrap";
export { changePassword } from "./change-password";
export { findClientAddress } from "./client-address";
export { findInvitation, inviteMember, withdrawInvitation } from "./invitations";
export { joinProject } from "./join-project";
export { changeRole, listMembers, removeMember } from "./members";
export { type Action, authorize, type Facts, isAllowed, PERMISSIONS } from "./permissions";
export { createApiKey, listApiKeys, revokeApiKey } from "./project-keys";
export { createProject, listMyProjects } from "./projects";
export { takeRequest } from "./rate-limit";
export { loadSecrets, type Secrets } from "./secrets";
export { endSession, listSessions } from "./sessions";
export { completeSetup, createSetupLink, isSetupTokenValid } from "./setup-link";
export { signIn, signOut } from "./sign-in";
