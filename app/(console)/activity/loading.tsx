import { ListLoading } from "@/components/shell/loading-screen";

export default function Loading() {
  return <ListLoading rows={8} />;
}
