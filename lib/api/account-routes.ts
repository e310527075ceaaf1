import { createProject } from "@/lib/auth";
import { createProjectBody } from "@/lib/schemas/people";
import { listProjects } from "@/lib/services";
import { route } from "./endpoint";
import { readJson } from "./read-json";

// The public API names a plan; an installation of one's own has none to sell.
const PLAN = "self-hosted";

/** `/auth/info`: a client takes the project of all its paths from here. */
export const authInfoRoute = route({
  GET: async ({ identity: { publicKey, name, createdAt, project, user } }) => ({
    status: 200,
    body: {
      type: "apiKey",
      api_key: {
        public_key: publicKey,
        name,
        created: createdAt.toISOString(),
        project: { id: project.id, name: project.name, plan_type: PLAN },
        issuing_user: user ?? { id: "", name: "", email: "" },
      },
    },
  }),
});

/** `/projects` */
export const projectsRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await listProjects(actor) }),
  POST: async ({ actor, request }) => ({
    status: 201,
    body: await createProject(actor, await readJson(request, createProjectBody)),
  }),
});
