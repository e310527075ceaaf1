import { storageRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = storageRoute;
