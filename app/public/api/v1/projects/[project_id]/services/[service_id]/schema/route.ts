import { schemaRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = schemaRoute;
