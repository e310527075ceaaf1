import { Mark } from "@/components/shell/mark";
import { ButtonLink } from "@/components/ui/button";

export const metadata = { title: "No such page" };

export default function NotFoundPage() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-4 px-4 text-center">
      <Mark width={36} height={36} />
      <h1 className="font-semibold text-2xl">No such page.</h1>
      <p className="max-w-[44ch] text-fg-2">The address may be mistyped, or what it showed was purged.</p>
      <div className="mt-2 flex flex-wrap justify-center gap-2">
        <ButtonLink href="/services" variant="primary">
          Services
        </ButtonLink>
        <ButtonLink href="/forks">Forks</ButtonLink>
        <ButtonLink href="/bin">Recently deleted</ButtonLink>
      </div>
    </main>
  );
}
