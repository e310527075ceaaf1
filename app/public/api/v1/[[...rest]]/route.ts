import { unknownRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = unknownRoute;
