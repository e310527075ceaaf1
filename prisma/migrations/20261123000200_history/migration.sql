-- AlterTable
ALTER TABLE "services" ADD COLUMN     "base_exact" BOOLEAN,
ADD COLUMN     "base_snapshot_id" CHAR(10),
ADD COLUMN     "moments_missing" BIGINT,
ADD COLUMN     "retention_bytes" BIGINT NOT NULL DEFAULT 8589934592,
ADD COLUMN     "retention_seconds" INTEGER NOT NULL DEFAULT 86400;

-- Forks that were made before: the window of a fork, and what is true of every fork of the newest commit.
UPDATE "services" SET "retention_seconds" = 3600, "retention_bytes" = 1073741824 WHERE "forked_from_id" IS NOT NULL;
UPDATE "services" SET "base_exact" = true, "moments_missing" = 0 WHERE "base_commit" IS NOT NULL;

-- CreateTable
CREATE TABLE "service_events" (
    "id" CHAR(10) NOT NULL,
    "service_id" CHAR(10) NOT NULL,
    "kind" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    "rows" BIGINT,
    "commit" BIGINT NOT NULL,
    "micros" BIGINT NOT NULL,

    CONSTRAINT "service_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "service_events_service_id_micros_idx" ON "service_events"("service_id", "micros");

-- CreateIndex
CREATE INDEX "services_base_snapshot_id_idx" ON "services"("base_snapshot_id");

-- AddForeignKey
ALTER TABLE "service_events" ADD CONSTRAINT "service_events_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "services"("id") ON DELETE CASCADE ON UPDATE CASCADE;
