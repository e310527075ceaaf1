import { membersRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = membersRoute;
