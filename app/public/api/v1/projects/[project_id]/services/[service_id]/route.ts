import { serviceRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = serviceRoute;
