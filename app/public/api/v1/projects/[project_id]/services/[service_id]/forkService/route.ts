import { forkServiceRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = forkServiceRoute;
