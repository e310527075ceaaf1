import { resetRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = resetRoute;
