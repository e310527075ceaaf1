import { holdsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = holdsRoute;
