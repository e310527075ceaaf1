"use client";
import { FailureScreen } from "@/components/shell/failure-screen";

export default function RootError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[640px] flex-col justify-center px-4">
      <FailureScreen digest={error.digest} retry={reset} />
    </main>
  );
}
