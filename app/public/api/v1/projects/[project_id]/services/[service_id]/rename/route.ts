import { renameRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = renameRoute;
