-- AlterTable
ALTER TABLE "services" ADD COLUMN     "snapshot_interval_seconds" INTEGER,
ADD COLUMN     "snapshots_kept" INTEGER NOT NULL DEFAULT 24;

-- What was true of every service so far; forks got no snapshots by themselves.
UPDATE "services" SET "snapshot_interval_seconds" = 3600 WHERE "forked_from_id" IS NULL;
