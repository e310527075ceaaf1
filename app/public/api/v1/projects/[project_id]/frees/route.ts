import { freesRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = freesRoute;
