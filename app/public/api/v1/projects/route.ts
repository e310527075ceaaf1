import { projectsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = projectsRoute;
