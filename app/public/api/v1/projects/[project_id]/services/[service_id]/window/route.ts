import { windowRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = windowRoute;
