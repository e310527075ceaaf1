import { createHash } from "node:crypto";
import { answerStream } from "@/app/answer-json";
import { openEventStream } from "@/lib/api";

/** What happens in the project, for an open console: the session's cookies name who is counted. */
export const GET = (request: Request) =>
  answerStream((actor) =>
    openEventStream(actor, request, {
      seat: createHash("sha256")
        .update(request.headers.get("cookie") ?? "")
        .digest("hex"),
    }),
  );
