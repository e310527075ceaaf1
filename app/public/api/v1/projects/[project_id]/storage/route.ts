import { projectStorageRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = projectStorageRoute;
