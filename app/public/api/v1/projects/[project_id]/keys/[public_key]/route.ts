import { keyRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = keyRoute;
