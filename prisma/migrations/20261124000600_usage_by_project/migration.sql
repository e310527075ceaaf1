-- The reserved id `kept_forks` is used in every project, so the project is part of the key. Nothing was metered before this.
ALTER TABLE "usage_meters" DROP CONSTRAINT "usage_meters_pkey",
ADD COLUMN     "logical_bytes" BIGINT NOT NULL DEFAULT 0,
ADD CONSTRAINT "usage_meters_pkey" PRIMARY KEY ("project_id", "service_id");

-- DropIndex
DROP INDEX "usage_meters_project_id_idx";

-- AlterTable
ALTER TABLE "usage_hours" DROP CONSTRAINT "usage_hours_pkey",
ADD COLUMN     "logical_byte_ms" DECIMAL(38,0) NOT NULL DEFAULT 0,
ADD CONSTRAINT "usage_hours_pkey" PRIMARY KEY ("project_id", "service_id", "hour", "cpu_millis", "memory_gbs");
