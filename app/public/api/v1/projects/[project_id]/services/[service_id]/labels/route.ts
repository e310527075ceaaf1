import { labelsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = labelsRoute;
