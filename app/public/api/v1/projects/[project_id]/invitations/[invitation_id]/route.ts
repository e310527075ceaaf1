import { invitationRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = invitationRoute;
