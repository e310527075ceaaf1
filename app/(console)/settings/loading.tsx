import { ListSkeleton } from "@/components/services/list-skeleton";

export default function Loading() {
  return <ListSkeleton rows={4} />;
}
