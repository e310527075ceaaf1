import { setEnvironmentRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = setEnvironmentRoute;
