"use client";
import { FailureScreen } from "@/components/shell/failure-screen";

export default function ConsoleError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return <FailureScreen digest={error.digest} retry={reset} />;
}
