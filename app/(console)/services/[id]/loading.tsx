import { ColumnsLoading } from "@/components/shell/loading-screen";

export default function Loading() {
  return <ColumnsLoading />;
}
